package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * A linear layer whose weight is stored [in, out], as GPT-2's Conv1D; it starts with normal weights
 * of standard deviation 0.02 and a bias of zero, as there.
 *
 * <pre>  y = x W + b      x: [.., in], W: [in, out], b: [out], y: [.., out]  </pre>
 */
public final class TransposedLinear extends Layer {
  private static final long serialVersionUID = 1L;

  private static final double STD = 0.02;

  private final Parameter weight;
  private final Parameter bias;

  public TransposedLinear(long in, long out) {
    this.weight = parameter("weight", Init.normal_(Tensor.empty(DType.FLOAT32, in, out), 0, STD));
    this.bias = parameter("bias", Tensor.zeros(out));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor w = weight.value();
    if (x.dim() == 0 || x.size(-1) != w.size(0)) {
      throw wrongInput("[.., " + w.size(0) + "]", x);
    }
    // A view: the engine multiplies by a transposed matrix as fast as by a plain one.
    return F.linear(x, w.t(), bias.value());
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return input.numel() * out();
  }

  public Parameter weight() {
    return weight;
  }

  public Parameter bias() {
    return bias;
  }

  public long in() {
    return weight.value().size(0);
  }

  public long out() {
    return weight.value().size(1);
  }

  @Override
  public String toString() {
    return "TransposedLinear(" + in() + ", " + out() + ")";
  }
}
