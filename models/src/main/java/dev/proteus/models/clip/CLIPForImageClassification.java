package dev.proteus.models.clip;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * CLIP's image encoder with a linear layer on the mean of its patches.
 *
 * <pre>  x: [N, C, H, W], y: [N, classes]  </pre>
 */
public final class CLIPForImageClassification extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> vision;
  private final Slot<Layer> classifier;

  public CLIPForImageClassification(CLIPVisionConfig c, int classes) {
    vision = slot("vision_model", new CLIPVisionModel(c));
    double std = c.initializerFactor() / Math.sqrt(c.hiddenSize());
    classifier = slot("classifier", CLIPEncoder.linear(c.hiddenSize(), classes, std));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor hidden = vision.call(x);
    return classifier.call(hidden.narrow(1, 1, hidden.size(1) - 1).mean(1));
  }
}
