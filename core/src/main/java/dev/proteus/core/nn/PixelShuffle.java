package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Lays channels out as pixels: [N, C r^2, H, W] to [N, C, H r, W r].
 *
 * @see <a href="https://arxiv.org/abs/1609.05158">Real-Time Single Image and Video
 *     Super-Resolution</a>
 */
public final class PixelShuffle extends Layer {
  private static final long serialVersionUID = 1L;

  private final long factor;

  public PixelShuffle(long factor) {
    this.factor = factor;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4 || x.size(1) % (factor * factor) != 0) {
      throw wrongInput("[N, a multiple of " + factor * factor + ", H, W]", x);
    }
    return F.pixelShuffle(x, factor);
  }
}
