package dev.proteus.models.clip;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Tokens;

/**
 * CLIP's text encoder with its projection.
 *
 * <pre>  x: ids [B, T] or a packed batch [B, 3, T], y: vectors of the texts [B, P]  </pre>
 */
public final class CLIPTextModelWithProjection extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<CLIPTextModel> text;
  private final Slot<Layer> projection;

  public CLIPTextModelWithProjection(CLIPTextConfig c) {
    text = slot("text_model", CLIPTextModel.class, new CLIPTextModel(c));
    projection = slot("text_projection", CLIPEncoder.projection(c, c.projectionDim()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return projection.call(text.call(x, (m, in) -> m.encode(Tokens.of(in)).pooled()));
  }
}
