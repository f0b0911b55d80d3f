package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * A fixed nonlinearity, such as {@code Activation.relu()}. The one with a parameter is {@link
 * PReLU}.
 */
public final class Activation extends Layer {
  private static final long serialVersionUID = 1L;

  /** Which function; what its argument is. */
  public enum Kind {
    /** max(x, 0). */
    RELU,
    /** min(max(x, 0), 6). */
    RELU6,
    /** x where positive, else slope x; argument: slope. */
    LEAKY_RELU,
    /** x where positive, else alpha (exp(x) - 1); argument: alpha. */
    ELU,
    /** Scaled {@link #ELU} whose fixed point has mean 0 and variance 1. */
    SELU,
    /** max(x, 0) + min(0, alpha (exp(x / alpha) - 1)); argument: alpha. */
    CELU,
    /** x Phi(x), Phi the normal distribution function. */
    GELU,
    /** {@link #GELU} by tanh, as in BERT's and GPT-2's code. */
    GELU_TANH,
    /** x sigmoid(1.702 x), as in CLIP's code. */
    QUICK_GELU,
    /** x sigmoid(x). */
    SILU,
    /** x tanh(softplus(x)). */
    MISH,
    /** x relu6(x + 3) / 6. */
    HARDSWISH,
    /** relu6(x + 3) / 6. */
    HARDSIGMOID,
    SIGMOID,
    TANH,
    /** log(1 + exp(x)). */
    SOFTPLUS,
    /** x / (1 + |x|). */
    SOFTSIGN,
    /** exp(x) / sum exp(x); argument: dimension. */
    SOFTMAX,
    /** log softmax; argument: dimension. */
    LOG_SOFTMAX,
    /** a sigmoid(b), with x cut in halves a and b; argument: dimension. */
    GLU
  }

  private final Kind kind;
  private final double argument;

  private Activation(Kind kind, double argument) {
    this.kind = kind;
    this.argument = argument;
  }

  private Activation(Kind kind) {
    this(kind, 0);
  }

  public static Activation relu() {
    return new Activation(Kind.RELU);
  }

  public static Activation relu6() {
    return new Activation(Kind.RELU6);
  }

  public static Activation leakyRelu(double slope) {
    return new Activation(Kind.LEAKY_RELU, slope);
  }

  public static Activation elu(double alpha) {
    return new Activation(Kind.ELU, alpha);
  }

  public static Activation selu() {
    return new Activation(Kind.SELU);
  }

  public static Activation celu(double alpha) {
    return new Activation(Kind.CELU, alpha);
  }

  public static Activation gelu() {
    return new Activation(Kind.GELU);
  }

  public static Activation geluTanh() {
    return new Activation(Kind.GELU_TANH);
  }

  public static Activation quickGelu() {
    return new Activation(Kind.QUICK_GELU);
  }

  public static Activation silu() {
    return new Activation(Kind.SILU);
  }

  public static Activation mish() {
    return new Activation(Kind.MISH);
  }

  public static Activation hardswish() {
    return new Activation(Kind.HARDSWISH);
  }

  public static Activation hardsigmoid() {
    return new Activation(Kind.HARDSIGMOID);
  }

  public static Activation sigmoid() {
    return new Activation(Kind.SIGMOID);
  }

  public static Activation tanh() {
    return new Activation(Kind.TANH);
  }

  public static Activation softplus() {
    return new Activation(Kind.SOFTPLUS);
  }

  public static Activation softsign() {
    return new Activation(Kind.SOFTSIGN);
  }

  public static Activation softmax(int dim) {
    return new Activation(Kind.SOFTMAX, dim);
  }

  public static Activation logSoftmax(int dim) {
    return new Activation(Kind.LOG_SOFTMAX, dim);
  }

  public static Activation glu(int dim) {
    return new Activation(Kind.GLU, dim);
  }

  /**
   * The function that a {@code config.json} names by {@code hidden_act}.
   *
   * @throws IllegalArgumentException listing those known, for another name
   */
  public static Activation named(String name) {
    return switch (name) {
      case "relu" -> relu();
      case "relu6" -> relu6();
      case "gelu", "gelu_python" -> gelu();
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> geluTanh();
      case "quick_gelu" -> quickGelu();
      case "silu", "swish" -> silu();
      case "mish" -> mish();
      case "tanh" -> tanh();
      case "sigmoid" -> sigmoid();
      default ->
          throw new IllegalArgumentException(
              "unknown activation '"
                  + name
                  + "'; known: gelu, gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh, mish,"
                  + " quick_gelu, relu, relu6, sigmoid, silu, swish, tanh");
    };
  }

  @Override
  public Tensor forward(Tensor x) {
    return switch (kind) {
      case RELU -> x.relu();
      case RELU6 -> x.clamp(0, 6);
      case LEAKY_RELU -> F.leakyRelu(x, argument);
      case ELU -> F.elu(x, argument);
      case SELU -> F.selu(x);
      case CELU -> F.celu(x, argument);
      case GELU -> F.gelu(x, false);
      case GELU_TANH -> F.gelu(x, true);
      case QUICK_GELU -> x.mul(x.mul(1.702).sigmoid());
      case SILU -> F.silu(x);
      case MISH -> F.mish(x);
      case HARDSWISH -> F.hardswish(x);
      case HARDSIGMOID -> F.hardsigmoid(x);
      case SIGMOID -> x.sigmoid();
      case TANH -> x.tanh();
      case SOFTPLUS -> F.softplus(x, 1, 20);
      case SOFTSIGN -> x.div(x.abs().add(1));
      case SOFTMAX -> x.softmax((int) argument);
      case LOG_SOFTMAX -> x.logSoftmax((int) argument);
      case GLU -> F.glu(x, (int) argument);
    };
  }

  public Kind kind() {
    return kind;
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(java.util.Locale.ROOT);
  }
}
