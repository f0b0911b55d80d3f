package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Mean of each window of [N, C, L]. */
public final class AvgPool1d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long kernel;
  private final long stride;
  private final long padding;
  private final boolean ceil;
  private final boolean countPadding;

  /** Windows side by side. */
  public AvgPool1d(long kernel) {
    this(kernel, kernel, 0);
  }

  public AvgPool1d(long kernel, long stride, long padding) {
    this(kernel, stride, padding, false, true);
  }

  /**
   * @param ceil keeps a last window that begins inside but ends outside
   * @param countPadding divides by the window's size, else by its elements inside the input
   */
  public AvgPool1d(long kernel, long stride, long padding, boolean ceil, boolean countPadding) {
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.ceil = ceil;
    this.countPadding = countPadding;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 3) {
      throw wrongInput("[N, C, L]", x);
    }
    return F.avgPool1d(x, kernel, stride, padding, ceil, countPadding);
  }
}
