package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Convolution over images.
 *
 * <pre>  x: [N, in, H, W], weight: [out, in / groups, kh, kw], y: [N, out, H', W'],
 *   H' = (H + padding before and after - dilation (kh - 1) - 1) / stride + 1, W' alike  </pre>
 */
public final class Conv2d extends Conv {
  private static final long serialVersionUID = 1L;

  public Conv2d(long in, long out, long kernel) {
    this(in, out, kernel, 1, 0);
  }

  public Conv2d(long in, long out, long kernel, long stride, long padding) {
    this(in, out, kernel, stride, padding, 1, true);
  }

  public Conv2d(
      long in, long out, long kernel, long stride, long padding, long groups, boolean bias) {
    this(
        in,
        out,
        pair(kernel),
        pair(stride),
        pair(padding),
        pair(1),
        groups,
        bias,
        PaddingMode.ZEROS);
  }

  /**
   * @param kernel height, width; so are stride and dilation
   * @param padding height, width; or top, bottom, left, right; see {@link Conv#same}
   */
  public Conv2d(
      long in,
      long out,
      long[] kernel,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups,
      boolean bias,
      PaddingMode mode) {
    super(false, in, out, kernel, stride, padding, dilation, groups, bias, mode);
  }

  static long[] pair(long n) {
    return new long[] {n, n};
  }

  @Override
  public Tensor forward(Tensor x) {
    return convolve(checked(x), weight().value(), biasValue(), groups());
  }

  /**
   * Convolves with another weight, by this layer's stride, padding and dilation.
   *
   * @param weight [out, C / groups, kh, kw] for x [N, C, H, W]; the channels may be others than the
   *     layer's
   * @param bias [out], or null
   */
  public Tensor convolve(Tensor x, Tensor weight, Tensor bias, long groups) {
    return F.conv2d(padded(x), weight, bias, stride(), operatorPadding(), dilation(), groups);
  }
}
