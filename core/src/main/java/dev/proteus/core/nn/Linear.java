package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * An affine map of the last dimension.
 *
 * <pre>  y = x W^T + b      x: [.., in], W: [out, in], b: [out], y: [.., out]  </pre>
 */
public final class Linear extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter weight;
  private final Parameter bias;

  public Linear(long in, long out) {
    this(in, out, true);
  }

  public Linear(long in, long out, boolean bias) {
    Tensor w = Init.weight(out, in);
    this.weight = parameter("weight", w);
    this.bias = bias ? parameter("bias", Init.bias(w, out)) : null;
  }

  /** Of parameters that exist, also of other layers (tied); {@code bias} may be null. */
  public Linear(Parameter weight, Parameter bias) {
    this.weight = parameter("weight", weight);
    this.bias = bias == null ? null : parameter("bias", bias);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor w = weight.value();
    if (x.dim() == 0 || x.size(-1) != w.size(1)) {
      throw wrongInput("[.., " + w.size(1) + "]", x);
    }
    return F.linear(x, w, bias == null ? null : bias.value());
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return input.numel() * out();
  }

  public Parameter weight() {
    return weight;
  }

  /** Null if the layer has none. */
  public Parameter bias() {
    return bias;
  }

  public long in() {
    return weight.value().size(1);
  }

  public long out() {
    return weight.value().size(0);
  }

  @Override
  public String toString() {
    return "Linear(" + in() + ", " + out() + ")";
  }
}
