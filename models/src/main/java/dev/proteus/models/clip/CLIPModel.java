package dev.proteus.models.clip;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Tokens;

/**
 * CLIP: images and texts as vectors of one space, compared by their cosine.
 *
 * <pre>  u = W_v image,  v = W_t text,  logits = exp(logit_scale) (u / |u|) (v / |v|)^T  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2103.00020">Learning Transferable Visual Models From Natural
 *     Language Supervision</a>
 */
public final class CLIPModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<CLIPTextModel> text;
  private final Slot<CLIPVisionModel> vision;
  private final Slot<Layer> visualProjection;
  private final Slot<Layer> textProjection;
  private final Parameter logitScale;

  public CLIPModel(CLIPConfig c) {
    text = slot("text_model", CLIPTextModel.class, new CLIPTextModel(c.text()));
    vision = slot("vision_model", CLIPVisionModel.class, new CLIPVisionModel(c.vision()));
    visualProjection =
        slot("visual_projection", CLIPEncoder.projection(c.vision(), c.projectionDim()));
    textProjection = slot("text_projection", CLIPEncoder.projection(c.text(), c.projectionDim()));
    logitScale = parameter("logit_scale", Tensor.scalar(c.logitScale()));
  }

  /**
   * The vectors of images [N, C, H, W] (floating), or of texts [B, T] or [B, 3, T] (integers); [N,
   * P] or [B, P], not normalised.
   */
  @Override
  public Tensor forward(Tensor x) {
    return x.dtype().isFloating() ? imageFeatures(x) : textFeatures(Tokens.of(x));
  }

  public Tensor imageFeatures(Tensor images) {
    Tensor hidden = vision.call(images);
    return visualProjection.call(vision.get().pooled(hidden));
  }

  public Tensor textFeatures(Tokens texts) {
    return textProjection.call(text.call(texts.ids(), (m, in) -> m.encode(texts).pooled()));
  }

  /**
   * Scaled cosines of each image with each text, [N, B]: the logits of zero-shot classification.
   */
  public Tensor logits(Tensor images, Tokens texts) {
    Tensor u = unit(imageFeatures(images));
    Tensor v = unit(textFeatures(texts));
    return u.matmul(v.t()).mul(logitScale.value().exp());
  }

  private static Tensor unit(Tensor x) {
    return x.div(x.norm(2, new int[] {-1}, true));
  }
}
