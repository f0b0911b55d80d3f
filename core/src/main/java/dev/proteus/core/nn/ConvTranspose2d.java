package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * The adjoint of {@link Conv2d}, which enlarges where that one strides.
 *
 * <pre>  x: [N, in, H, W], weight: [in, out / groups, kh, kw], y: [N, out, H', W'],
 *   H' = (H - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1, W' alike  </pre>
 */
public final class ConvTranspose2d extends Conv {
  private static final long serialVersionUID = 1L;

  private final long[] outputPadding;

  public ConvTranspose2d(long in, long out, long kernel, long stride, long padding) {
    this(
        in,
        out,
        Conv2d.pair(kernel),
        Conv2d.pair(stride),
        Conv2d.pair(padding),
        Conv2d.pair(0),
        Conv2d.pair(1),
        1,
        true);
  }

  /**
   * @param outputPadding added at the bottom and the right of the output, to choose among the sizes
   *     that a stride makes equal
   */
  public ConvTranspose2d(
      long in,
      long out,
      long[] kernel,
      long[] stride,
      long[] padding,
      long[] outputPadding,
      long[] dilation,
      long groups,
      boolean bias) {
    super(true, in, out, kernel, stride, padding, dilation, groups, bias, PaddingMode.ZEROS);
    this.outputPadding = outputPadding.clone();
  }

  @Override
  public Tensor forward(Tensor x) {
    return F.convTranspose2d(
        checked(x),
        weight().value(),
        biasValue(),
        stride(),
        operatorPadding(),
        outputPadding,
        groups(),
        dilation());
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return transposedMacs(input);
  }

  @Override
  public long in() {
    return weight().value().size(0);
  }

  @Override
  public long out() {
    return weight().value().size(1) * groups();
  }

  public long[] outputPadding() {
    return outputPadding.clone();
  }
}
