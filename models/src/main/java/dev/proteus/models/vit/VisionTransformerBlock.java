package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * A block of timm's vision transformer; the layer scales are vectors, or 1 where there are none.
 *
 * <pre>  a = x + scale1 attn(norm1(x)),  y = a + scale2 fc2(gelu(fc1(norm2(a))))      [N, T, D]
 * </pre>
 */
final class VisionTransformerBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm1;
  private final Slot<Layer> attention;
  private final Slot<Layer> scale1;
  private final Slot<Layer> norm2;
  private final Slot<Layer> fc1;
  private final Slot<Layer> fc2;
  private final Slot<Layer> scale2;

  VisionTransformerBlock(VisionTransformerConfig c) {
    int d = c.embedDim();
    int hidden = (int) (d * c.mlpRatio());
    norm1 = slot("norm1", norm(d));
    attention = slot("attn", new FusedAttention(d, c.numHeads(), c.qkvBias()));
    scale1 = c.initValues() == null ? null : slot("ls1", new LayerScale(d, c.initValues()));
    norm2 = slot("norm2", norm(d));
    fc1 = slot("mlp.fc1", new Linear(d, hidden));
    fc2 = slot("mlp.fc2", new Linear(hidden, d));
    scale2 = c.initValues() == null ? null : slot("ls2", new LayerScale(d, c.initValues()));
  }

  private static LayerNorm norm(int d) {
    return new LayerNorm(new long[] {d}, VisionTransformer.EPS, true, true);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor a = attention.call(norm1.call(x));
    Tensor y = x.add(scale1 == null ? a : scale1.call(a));
    Tensor m = fc2.call(F.gelu(fc1.call(norm2.call(y)), false));
    return y.add(scale2 == null ? m : scale2.call(m));
  }
}
