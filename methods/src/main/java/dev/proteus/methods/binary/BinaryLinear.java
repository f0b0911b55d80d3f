package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** {@link Linear} with a binary weight; K is the mean size of a sample's features. */
@Paper(id = "xnor-net")
final class BinaryLinear extends BinaryLayer {
  private static final long serialVersionUID = 1L;

  BinaryLinear(Linear real, XnorNet form) {
    super(real.weight(), real.bias(), form);
  }

  @Override
  Tensor product(Tensor x, Tensor w, Tensor b) {
    if (x.dim() == 0 || x.size(-1) != w.size(1)) {
      throw wrongInput("[.., " + w.size(1) + "]", x);
    }
    return F.linear(x, w, b);
  }

  @Override
  Tensor scale(Tensor sizes) {
    return sizes.mean(-1, true);
  }

  @Override
  Tensor alongOutputs(Tensor b) {
    return b;
  }
}
