package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Self-attention of several heads, with one projection for queries, keys and values.
 *
 * <pre>  [q k v] = qkv(x),  y = proj(softmax(q k^T / sqrt(D / heads)) v)      x, y: [N, T, D]
 * </pre>
 */
final class FusedAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> qkv;
  private final Slot<Layer> proj;
  private final int heads;

  FusedAttention(int dim, int heads, boolean bias) {
    qkv = slot("qkv", new Linear(dim, 3L * dim, bias));
    proj = slot("proj", new Linear(dim, dim));
    this.heads = heads;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor all = qkv.call(x).unflatten(2, 3, heads, x.size(2) / heads).permute(2, 0, 3, 1, 4);
    Tensor y = F.scaledDotProductAttention(all.get(0), all.get(1), all.get(2), null, false, null);
    return proj.call(y.transpose(1, 2).flatten(2, 3));
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return 2 * input.numel() * input.size(1);
  }
}
