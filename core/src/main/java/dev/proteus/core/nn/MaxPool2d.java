package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Maximum of each window of [N, C, H, W]; padding never wins. */
public final class MaxPool2d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long[] kernel;
  private final long[] stride;
  private final long[] padding;
  private final long[] dilation;
  private final boolean ceil;

  /** Windows side by side. */
  public MaxPool2d(long kernel) {
    this(kernel, kernel, 0);
  }

  public MaxPool2d(long kernel, long stride, long padding) {
    this(Conv2d.pair(kernel), Conv2d.pair(stride), Conv2d.pair(padding), Conv2d.pair(1), false);
  }

  /**
   * @param ceil keeps a last window that begins inside but ends outside
   */
  public MaxPool2d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceil) {
    this.kernel = kernel.clone();
    this.stride = stride.clone();
    this.padding = padding.clone();
    this.dilation = dilation.clone();
    this.ceil = ceil;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4) {
      throw wrongInput("[N, C, H, W]", x);
    }
    return F.maxPool2d(x, kernel, stride, padding, dilation, ceil);
  }
}
