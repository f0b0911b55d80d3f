package dev.proteus.models.clip;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/**
 * CLIP's encoder of images, a vision transformer.
 *
 * <pre>  x: [N, C, H, W], y: last hidden state [N, 1 + patches, D], class token first  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2103.00020">Learning Transferable Visual Models From Natural
 *     Language Supervision</a>
 */
public final class CLIPVisionModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter cls;
  private final Slot<Layer> patches;
  private final Slot<Embedding> positions;
  private final Slot<Layer> before;
  private final Slot<Layer> encoder;
  private final Slot<Layer> after;
  private final int side;

  public CLIPVisionModel(CLIPVisionConfig c) {
    int d = c.hiddenSize();
    int p = c.patchSize();
    double std = c.initializerRange() * c.initializerFactor();
    side = c.imageSize();
    cls =
        parameter(
            "embeddings.class_embedding",
            Init.normal_(Tensor.empty(DType.FLOAT32, d), 0, c.initializerFactor() / Math.sqrt(d)));
    Conv2d projection = new Conv2d(c.numChannels(), d, p, p, 0, 1, false);
    Init.normal_(projection.weight().value(), 0, std);
    patches = slot("embeddings.patch_embedding", projection);
    int length = (side / p) * (side / p) + 1;
    positions =
        slot("embeddings.position_embedding", Embedding.class, CLIPTextModel.table(c, length, std));
    // The published name has this typing error.
    before = slot("pre_layrnorm", CLIPEncoderLayer.norm(c));
    encoder = slot("encoder", new CLIPEncoder(c));
    after = slot("post_layernorm", CLIPEncoderLayer.norm(c));
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4 || x.size(2) != side || x.size(3) != side) {
      throw wrongInput("images [N, C, " + side + ", " + side + "]", x);
    }
    Tensor y = patches.call(x).flatten(2, 3).transpose(1, 2);
    Tensor all = Tensor.cat(1, cls.value().expand(x.size(0), 1, -1), y);
    Tensor ids = Tensor.arange(all.size(1)).to(x.device());
    return encoder.call(before.call(all.add(positions.call(ids))));
  }

  /**
   * The vector that stands for the image, [N, D]: the class token of {@code hidden}, normalised.
   */
  public Tensor pooled(Tensor hidden) {
    return after.call(hidden.select(1, 0));
  }
}
