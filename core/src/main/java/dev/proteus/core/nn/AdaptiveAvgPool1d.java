package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Means of windows of [N, C, L] spread so that [N, C, size] comes out. */
public final class AdaptiveAvgPool1d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long size;

  public AdaptiveAvgPool1d(long size) {
    this.size = size;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 3) {
      throw wrongInput("[N, C, L]", x);
    }
    return F.adaptiveAvgPool1d(x, size);
  }
}
