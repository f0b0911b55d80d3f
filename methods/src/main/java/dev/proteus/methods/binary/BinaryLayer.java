package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.binary.XnorNet.Inputs;

/** A product with a binary weight; see {@link XnorNet} for the formulas. */
@Paper(id = "xnor-net")
abstract class BinaryLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter weight;
  private final Parameter bias;
  private final XnorNet form;

  /**
   * @param weight latent real weight
   * @param bias null for none
   */
  BinaryLayer(Parameter weight, Parameter bias, XnorNet form) {
    this.weight = parameter("weight", weight);
    this.bias = bias == null ? null : parameter("bias", bias);
    this.form = form;
  }

  @Override
  public final Tensor forward(Tensor x) {
    Tensor w = form.effective(weight.value());
    Tensor b = bias == null ? null : bias.value();
    if (form.inputs() == Inputs.REAL) {
      return product(x, w, b);
    }
    Tensor signs = Sign.straightThrough(x);
    if (form.inputs() == Inputs.SIGN) {
      return product(signs, w, b);
    }
    Tensor y = product(signs, w, null).mul(scale(x.detach().abs()));
    return b == null ? y : y.add(alongOutputs(b));
  }

  /** The real layer's operation with another weight. */
  abstract Tensor product(Tensor x, Tensor w, Tensor b);

  /** K of the inputs' sizes, of a shape that multiplies the output. */
  abstract Tensor scale(Tensor sizes);

  /** The bias in a shape that adds to the output. */
  abstract Tensor alongOutputs(Tensor b);

  final Parameter weight() {
    return weight;
  }
}
