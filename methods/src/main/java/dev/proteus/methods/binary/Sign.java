package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;

/** The sign as +1 or -1, with +1 at 0 (the engine's own is 0 there). */
@Paper(id = "xnor-net")
final class Sign {
  private Sign() {}

  /** Without a gradient. */
  static Tensor of(Tensor x) {
    return x.detach().ge(0).to(x.dtype()).mul_(2).sub_(1);
  }

  /** Straight-through: the gradient passes as it comes where |x| &lt; 1. */
  static Tensor straightThrough(Tensor x) {
    return Autograd.surrogate(of(x), x.mul(x.detach().abs().lt(1).to(x.dtype())));
  }
}
