package dev.proteus.models.diffusion;

import dev.proteus.core.nn.GroupNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * Attention among all positions of an image, around a shortcut.
 *
 * <pre>  y = (x + attention(norm(x))) / scale      x, y: [N, channels, H, W]  </pre>
 */
final class SelfAttention extends Attention {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm;
  private final double scale;

  /**
   * @param groups of the norm, or null for none
   */
  SelfAttention(int channels, int headDim, Integer groups, double eps, double scale) {
    super(channels, channels, channels / headDim, headDim, true);
    norm = groups == null ? null : slot("group_norm", new GroupNorm(groups, channels, eps, true));
    this.scale = scale;
  }

  @Override
  public Tensor forward(Tensor x) {
    return Scope.lean(
        () -> {
          Tensor h = norm == null ? x : norm.call(x);
          Tensor flat = h.flatten(2, 3).transpose(1, 2);
          Tensor y = attend(flat, flat, null).transpose(1, 2).unflatten(2, x.size(2), x.size(3));
          Tensor sum = y.add(x);
          return scale == 1 ? sum : sum.div(scale);
        });
  }
}
