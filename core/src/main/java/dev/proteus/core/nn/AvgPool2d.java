package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Mean of each window of [N, C, H, W]. */
public final class AvgPool2d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long[] kernel;
  private final long[] stride;
  private final long[] padding;
  private final boolean ceil;
  private final boolean countPadding;

  /** Windows side by side. */
  public AvgPool2d(long kernel) {
    this(kernel, kernel, 0);
  }

  public AvgPool2d(long kernel, long stride, long padding) {
    this(Conv2d.pair(kernel), Conv2d.pair(stride), Conv2d.pair(padding), false, true);
  }

  /**
   * @param ceil keeps a last window that begins inside but ends outside
   * @param countPadding divides by the window's size, else by its elements inside the input
   */
  public AvgPool2d(
      long[] kernel, long[] stride, long[] padding, boolean ceil, boolean countPadding) {
    this.kernel = kernel.clone();
    this.stride = stride.clone();
    this.padding = padding.clone();
    this.ceil = ceil;
    this.countPadding = countPadding;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4) {
      throw wrongInput("[N, C, H, W]", x);
    }
    return F.avgPool2d(x, kernel, stride, padding, ceil, countPadding);
  }
}
