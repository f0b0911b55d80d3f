package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A vision transformer with a linear layer on the class token: transformers' {@code
 * ViTForImageClassification} and {@code DeiTForImageClassification}.
 *
 * <pre>  x: [N, C, H, W], y: [N, classes]  </pre>
 */
public final class ViTForImageClassification extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> base;
  private final Slot<Layer> classifier;

  /** As ViT. */
  public ViTForImageClassification(ViTConfig c, int classes) {
    this(c, "vit", false, classes);
  }

  /**
   * @param name of the slot of the encoder
   * @param distilled with DeiT's distillation token, which the classifier does not look at
   */
  ViTForImageClassification(ViTConfig c, String name, boolean distilled, int classes) {
    base = slot(name, new ViTModel(c, distilled, false));
    Linear head = new Linear(c.hiddenSize(), classes);
    ViTModel.initialise(head, c.initializerRange());
    classifier = slot("classifier", head);
  }

  @Override
  public Tensor forward(Tensor x) {
    return classifier.call(base.call(x).select(1, 0));
  }
}
