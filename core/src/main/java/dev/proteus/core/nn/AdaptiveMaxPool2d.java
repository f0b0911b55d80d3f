package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Maxima of windows of [N, C, H, W] spread so that [N, C, height, width] comes out. */
public final class AdaptiveMaxPool2d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long height;
  private final long width;

  public AdaptiveMaxPool2d(long height, long width) {
    this.height = height;
    this.width = width;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4) {
      throw wrongInput("[N, C, H, W]", x);
    }
    return F.adaptiveMaxPool2d(x, height, width);
  }
}
