package dev.proteus.methods.optim;

import dev.proteus.core.method.Paper;
import dev.proteus.core.tensor.Tensor;

/** The length of a tensor over that of its update: what makes a step relative to the tensor. */
@Paper(id = "lamb")
final class TrustRatio {
  private TrustRatio() {}

  /** |x| / |u|, and 1 where one of them is 0; a 0-dimensional tensor. */
  static Tensor of(Tensor x, Tensor u) {
    Tensor ratio = x.norm().div(u.norm());
    // 0 / |u|, |x| / 0 and 0 / 0; without asking the values, which would wait for a GPU
    return ratio.gt(0).logicalAnd(ratio.lt(Double.POSITIVE_INFINITY)).where(ratio, 1);
  }
}
