package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Maximum of each window of [N, C, L]; padding never wins. */
public final class MaxPool1d extends Layer {
  private static final long serialVersionUID = 1L;

  private final long kernel;
  private final long stride;
  private final long padding;
  private final long dilation;
  private final boolean ceil;

  /** Windows side by side. */
  public MaxPool1d(long kernel) {
    this(kernel, kernel, 0);
  }

  public MaxPool1d(long kernel, long stride, long padding) {
    this(kernel, stride, padding, 1, false);
  }

  /**
   * @param ceil keeps a last window that begins inside but ends outside
   */
  public MaxPool1d(long kernel, long stride, long padding, long dilation, boolean ceil) {
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.dilation = dilation;
    this.ceil = ceil;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 3) {
      throw wrongInput("[N, C, L]", x);
    }
    return F.maxPool1d(x, kernel, stride, padding, dilation, ceil);
  }
}
