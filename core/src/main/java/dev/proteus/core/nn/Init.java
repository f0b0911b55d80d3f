package dev.proteus.core.nn;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.function.Supplier;

/**
 * First values of parameters, as in {@code torch.nn.init}: each fills the tensor in place from
 * {@link Generator#current()}, without recording gradients, and returns it. The draws and their
 * order are PyTorch's, so that one seed gives the same network there and here, bit for bit; {@link
 * #orthogonal_} and {@link #truncatedNormal_} only up to the last bits, because the engine's linear
 * algebra and inverse error function come from other libraries than those of PyTorch's packages.
 *
 * <p>For a weight [out, in, k..] fan in is in·k.., fan out is out·k..; a transposed convolution's
 * weight is [in, out, k..], and its fans are swapped accordingly.
 */
public final class Init {
  /** Gain of layers followed by no nonlinearity, a convolution or a sigmoid. */
  public static final double LINEAR = 1;

  public static final double TANH = 5.0 / 3;
  public static final double RELU = Math.sqrt(2);
  public static final double SELU = 0.75;

  private Init() {}

  /** Which sum keeps its variance: the forward one (in), or that of the gradients (out). */
  public enum Fan {
    IN,
    OUT;

    private double of(Tensor weight) {
      return this == IN ? fanIn(weight) : fanOut(weight);
    }
  }

  /** sqrt(2 / (1 + slope^2)). */
  public static double leakyRelu(double slope) {
    return Math.sqrt(2 / (1 + slope * slope));
  }

  /** Inputs that one output sums over. */
  public static long fanIn(Tensor weight) {
    return weight.numel() / matrix(weight).size(0);
  }

  /** Outputs that one input goes into. */
  public static long fanOut(Tensor weight) {
    return weight.numel() / matrix(weight).size(1);
  }

  private static Tensor matrix(Tensor weight) {
    if (weight.dim() < 2) {
      throw new IllegalArgumentException(
          "this initialisation needs a weight of 2 or more dimensions, got " + weight.describe());
    }
    return weight;
  }

  private static Tensor fill(Supplier<Tensor> f) {
    return Autograd.noGrad(f);
  }

  public static Tensor constant_(Tensor t, double value) {
    return fill(() -> t.fill_(value));
  }

  public static Tensor zeros_(Tensor t) {
    return constant_(t, 0);
  }

  public static Tensor ones_(Tensor t) {
    return constant_(t, 1);
  }

  /** Uniform on [from, to). */
  public static Tensor uniform_(Tensor t, double from, double to) {
    return fill(() -> t.uniform_(from, to, Generator.current()));
  }

  public static Tensor normal_(Tensor t, double mean, double std) {
    return fill(() -> t.normal_(mean, std, Generator.current()));
  }

  /** Normal, restricted to [min, max]; by inverting the distribution function of uniform draws. */
  public static Tensor truncatedNormal_(Tensor t, double mean, double std, double min, double max) {
    if (!(std > 0 && min < max)) {
      throw new IllegalArgumentException(
          "truncatedNormal_ needs std > 0 and min < max, got " + std + ", " + min + ", " + max);
    }
    double low = normalBelow((min - mean) / std);
    double high = normalBelow((max - mean) / std);
    try (Scope s = Scope.open()) {
      uniform_(t, 2 * low - 1, 2 * high - 1);
      Tensor normal = fill(() -> t.erfinv().mul_(std * Math.sqrt(2)).add_(mean));
      return fill(() -> t.copy_(normal.clamp_(min, max)));
    }
  }

  private static double normalBelow(double z) {
    return (1 + Tensor.full(DType.FLOAT64, z / Math.sqrt(2), 1).erf().item()) / 2;
  }

  /** Truncated at -2 and 2, whatever the standard deviation: PyTorch's defaults. */
  public static Tensor truncatedNormal_(Tensor t, double std) {
    return truncatedNormal_(t, 0, std, -2, 2);
  }

  /**
   * U(-b, b), b = gain sqrt(3 / fan).
   *
   * @see <a href="https://arxiv.org/abs/1502.01852">Delving Deep into Rectifiers</a>
   */
  public static Tensor kaimingUniform_(Tensor weight, double gain, Fan fan) {
    // This order of operations, because the last bit of the bound is in every value.
    double bound = Math.sqrt(3) * (gain / Math.sqrt(fan.of(weight)));
    return uniform_(weight, -bound, bound);
  }

  /** N(0, gain^2 / fan). */
  public static Tensor kaimingNormal_(Tensor weight, double gain, Fan fan) {
    return normal_(weight, 0, gain / Math.sqrt(fan.of(weight)));
  }

  /**
   * U(-b, b), b = gain sqrt(6 / (fan in + fan out)).
   *
   * @see <a href="https://proceedings.mlr.press/v9/glorot10a.html">Understanding the difficulty of
   *     training deep feedforward neural networks</a>
   */
  public static Tensor xavierUniform_(Tensor weight, double gain) {
    double bound = Math.sqrt(3) * xavierStd(weight, gain);
    return uniform_(weight, -bound, bound);
  }

  /** N(0, 2 gain^2 / (fan in + fan out)). */
  public static Tensor xavierNormal_(Tensor weight, double gain) {
    return normal_(weight, 0, xavierStd(weight, gain));
  }

  private static double xavierStd(Tensor weight, double gain) {
    return gain * Math.sqrt(2.0 / (fanIn(weight) + fanOut(weight)));
  }

  /**
   * gain times a random matrix with orthonormal rows or columns (whichever are fewer), of [size(0),
   * all the rest].
   *
   * @see <a href="https://arxiv.org/abs/1312.6120">Exact solutions to the nonlinear dynamics of
   *     learning in deep linear neural networks</a>
   */
  public static Tensor orthogonal_(Tensor weight, double gain) {
    long rows = matrix(weight).size(0);
    long columns = weight.numel() / rows;
    try (Scope s = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      Tensor normal = Tensor.empty(weight.dtype(), rows, columns);
      normal_(normal, 0, 1);
      Tensor.Qr qr = (rows < columns ? normal.t() : normal).qr();
      // Without the signs Q would favour one half of the group.
      Tensor q = qr.q().mul(qr.r().diagonal().sign());
      return weight.copy_((rows < columns ? q.t() : q).reshape(weight.shape())).mul_(gain);
    }
  }

  /** A new weight as PyTorch's linear and convolution layers start with. */
  static Tensor weight(long... shape) {
    return kaimingUniform_(Tensor.empty(DType.FLOAT32, shape), leakyRelu(Math.sqrt(5)), Fan.IN);
  }

  /** The new bias [n] that belongs to {@link #weight}. */
  static Tensor bias(Tensor weight, long n) {
    double bound = 1 / Math.sqrt((double) fanIn(weight));
    return uniform_(Tensor.empty(DType.FLOAT32, n), -bound, bound);
  }
}
