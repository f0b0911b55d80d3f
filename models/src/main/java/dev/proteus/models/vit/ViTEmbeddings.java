package dev.proteus.models.vit;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * Turns an image into a sequence: the class token, DeiT's distillation token, and a vector for each
 * patch, row by row, all with a learned position added.
 *
 * <pre>  x: [N, C, H, W], y: [N, tokens + patches, D]  </pre>
 */
final class ViTEmbeddings extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter clsToken;
  private final Parameter distillationToken;
  private final Parameter positions;
  private final Slot<Layer> projection;
  private final int side;
  private final double dropout;

  ViTEmbeddings(ViTConfig c, boolean distilled) {
    int d = c.hiddenSize();
    long grid = c.imageSize() / c.patchSize();
    clsToken = parameter("cls_token", distilled ? Tensor.zeros(1, 1, d) : learned(c, 1));
    distillationToken = distilled ? parameter("distillation_token", Tensor.zeros(1, 1, d)) : null;
    positions = parameter("position_embeddings", learned(c, grid * grid + (distilled ? 2 : 1)));
    projection =
        slot(
            "patch_embeddings.projection",
            new Conv2d(c.numChannels(), d, c.patchSize(), c.patchSize(), 0));
    side = c.imageSize();
    dropout = c.hiddenDropoutProb();
  }

  private static Tensor learned(ViTConfig c, long rows) {
    return Init.truncatedNormal_(
        Tensor.empty(DType.FLOAT32, 1, rows, c.hiddenSize()), c.initializerRange());
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4 || x.size(2) != side || x.size(3) != side) {
      throw wrongInput("images [N, C, " + side + ", " + side + "]", x);
    }
    Tensor patches = projection.call(x).flatten(2, 3).transpose(1, 2);
    Tensor cls = clsToken.value().expand(x.size(0), 1, patches.size(2));
    Tensor all =
        distillationToken == null
            ? Tensor.cat(1, cls, patches)
            : Tensor.cat(1, cls, distillationToken.value().expand(cls.shape()), patches);
    return F.dropout(all.add(positions.value()), isTraining() ? dropout : 0, Generator.current());
  }
}
