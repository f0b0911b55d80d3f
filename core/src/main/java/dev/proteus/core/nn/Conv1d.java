package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Convolution over sequences.
 *
 * <pre>  x: [N, in, L], weight: [out, in / groups, k], y: [N, out, L'],
 *   L' = (L + padding before and after - dilation (k - 1) - 1) / stride + 1  </pre>
 */
public final class Conv1d extends Conv {
  private static final long serialVersionUID = 1L;

  public Conv1d(long in, long out, long kernel) {
    this(in, out, kernel, 1, 0);
  }

  public Conv1d(long in, long out, long kernel, long stride, long padding) {
    this(in, out, kernel, stride, new long[] {padding}, 1, 1, true, PaddingMode.ZEROS);
  }

  /**
   * @param padding one number, or two: before and after; see {@link Conv#same}
   */
  public Conv1d(
      long in,
      long out,
      long kernel,
      long stride,
      long[] padding,
      long dilation,
      long groups,
      boolean bias,
      PaddingMode mode) {
    super(
        false,
        in,
        out,
        new long[] {kernel},
        new long[] {stride},
        padding,
        new long[] {dilation},
        groups,
        bias,
        mode);
  }

  @Override
  public Tensor forward(Tensor x) {
    return F.conv1d(
        padded(checked(x)),
        weight().value(),
        biasValue(),
        stride()[0],
        operatorPadding()[0],
        dilation()[0],
        groups());
  }
}
