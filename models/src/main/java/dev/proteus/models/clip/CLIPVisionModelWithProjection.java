package dev.proteus.models.clip;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * CLIP's image encoder with its projection.
 *
 * <pre>  x: [N, C, H, W], y: vectors of the images [N, P]  </pre>
 */
public final class CLIPVisionModelWithProjection extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<CLIPVisionModel> vision;
  private final Slot<Layer> projection;

  public CLIPVisionModelWithProjection(CLIPVisionConfig c) {
    vision = slot("vision_model", CLIPVisionModel.class, new CLIPVisionModel(c));
    projection = slot("visual_projection", CLIPEncoder.projection(c, c.projectionDim()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return projection.call(vision.get().pooled(vision.call(x)));
  }
}
