package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/**
 * What the convolutions share: weight, bias, geometry and padding.
 *
 * <p>Kernel, stride and dilation have one number a spatial dimension. So has padding, or two
 * (before, after) where the sides differ, as in {@link #same}.
 */
public abstract class Conv extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter weight;
  private final Parameter bias;
  private final long[] stride;
  private final long[] padding;
  private final long[] dilation;
  private final long groups;
  private final PaddingMode mode;
  // The padding split in what the operator does itself and what must be put around x before it.
  private final long[] operatorPadding;
  private final long[] padBefore;

  Conv(
      boolean transposed,
      long in,
      long out,
      long[] kernel,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups,
      boolean bias,
      PaddingMode mode) {
    int dims = kernel.length;
    if (groups < 1 || in % groups != 0 || out % groups != 0) {
      throw new IllegalArgumentException(
          "groups must divide the channels, but is " + groups + " for " + in + " and " + out);
    }
    if (stride.length != dims
        || dilation.length != dims
        || (padding.length != dims && padding.length != 2 * dims)) {
      throw new IllegalArgumentException(
          "a kernel of "
              + dims
              + " dimensions needs as many strides and dilations and as many or twice as many"
              + " paddings, got "
              + Arrays.toString(stride)
              + ", "
              + Arrays.toString(dilation)
              + ", "
              + Arrays.toString(padding));
    }
    long[] shape = new long[dims + 2];
    shape[0] = transposed ? in : out;
    shape[1] = (transposed ? out : in) / groups;
    System.arraycopy(kernel, 0, shape, 2, dims);
    Tensor w = Init.weight(shape);
    this.weight = parameter("weight", w);
    this.bias = bias ? parameter("bias", Init.bias(w, out)) : null;
    this.stride = stride.clone();
    this.padding = padding.clone();
    this.dilation = dilation.clone();
    this.groups = groups;
    this.mode = mode;
    boolean byOperator = padding.length == dims && mode == PaddingMode.ZEROS;
    this.operatorPadding = byOperator ? padding.clone() : new long[dims];
    this.padBefore = byOperator ? null : lastFirst(padding, dims);
  }

  /** F.pad takes (before, after) of the last dimension first. */
  private static long[] lastFirst(long[] padding, int dims) {
    long[] pad = new long[2 * dims];
    for (int d = 0; d < dims; d++) {
      int at = 2 * (dims - 1 - d);
      pad[at] = padding.length == dims ? padding[d] : padding[2 * d];
      pad[at + 1] = padding.length == dims ? padding[d] : padding[2 * d + 1];
    }
    return pad;
  }

  /**
   * The padding with which a convolution of stride 1 keeps the size: dilation (kernel - 1) in all,
   * an odd rest at the end.
   */
  public static long[] same(long[] kernel, long[] dilation) {
    long[] padding = new long[2 * kernel.length];
    for (int d = 0; d < kernel.length; d++) {
      long total = dilation[d] * (kernel[d] - 1);
      padding[2 * d] = total / 2;
      padding[2 * d + 1] = total - total / 2;
    }
    return padding;
  }

  /** The padding of {@link #same(long[], long[])} for an undilated kernel. */
  public static long[] same(long... kernel) {
    long[] dilation = new long[kernel.length];
    Arrays.fill(dilation, 1);
    return same(kernel, dilation);
  }

  /** x with the part of the padding that the operator does not do. */
  final Tensor padded(Tensor x) {
    return padBefore == null ? x : F.pad(x, mode.engineName(), 0, padBefore);
  }

  final Tensor checked(Tensor x) {
    int dims = stride.length;
    if (x.dim() != dims + 2 || x.size(1) != in()) {
      throw wrongInput("[N, " + in() + (dims == 1 ? ", L]" : ", H, W]"), x);
    }
    return x;
  }

  final long[] operatorPadding() {
    return operatorPadding;
  }

  final Tensor biasValue() {
    return bias == null ? null : bias.value();
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return output.numel() * (weight.value().numel() / weight.value().size(0));
  }

  final long transposedMacs(Tensor input) {
    return input.numel() * (weight.value().numel() / weight.value().size(0));
  }

  /** [out, in / groups, kernel..]; of a transposed convolution [in, out / groups, kernel..]. */
  public final Parameter weight() {
    return weight;
  }

  /** Null if the layer has none. */
  public final Parameter bias() {
    return bias;
  }

  /** Channels that go in. */
  public long in() {
    return weight.value().size(1) * groups;
  }

  /** Channels that come out. */
  public long out() {
    return weight.value().size(0);
  }

  public final long[] kernel() {
    long[] shape = weight.value().shape();
    return Arrays.copyOfRange(shape, 2, shape.length);
  }

  public final long[] stride() {
    return stride.clone();
  }

  public final long[] padding() {
    return padding.clone();
  }

  public final long[] dilation() {
    return dilation.clone();
  }

  public final long groups() {
    return groups;
  }

  public final PaddingMode paddingMode() {
    return mode;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName()
        + "("
        + in()
        + ", "
        + out()
        + ", "
        + Arrays.toString(kernel())
        + ")";
  }
}
