package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * The adjoint of {@link Conv1d}, which enlarges where that one strides.
 *
 * <pre>  x: [N, in, L], weight: [in, out / groups, k], y: [N, out, L'],
 *   L' = (L - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1  </pre>
 */
public final class ConvTranspose1d extends Conv {
  private static final long serialVersionUID = 1L;

  private final long outputPadding;

  public ConvTranspose1d(long in, long out, long kernel, long stride, long padding) {
    this(in, out, kernel, stride, padding, 0, 1, 1, true);
  }

  /**
   * @param outputPadding added at one end of the output, to choose among the sizes that a stride
   *     makes equal
   */
  public ConvTranspose1d(
      long in,
      long out,
      long kernel,
      long stride,
      long padding,
      long outputPadding,
      long dilation,
      long groups,
      boolean bias) {
    super(
        true,
        in,
        out,
        new long[] {kernel},
        new long[] {stride},
        new long[] {padding},
        new long[] {dilation},
        groups,
        bias,
        PaddingMode.ZEROS);
    this.outputPadding = outputPadding;
  }

  @Override
  public Tensor forward(Tensor x) {
    return F.convTranspose1d(
        checked(x),
        weight().value(),
        biasValue(),
        stride()[0],
        operatorPadding()[0],
        outputPadding,
        groups(),
        dilation()[0]);
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

  public long outputPadding() {
    return outputPadding;
  }
}
