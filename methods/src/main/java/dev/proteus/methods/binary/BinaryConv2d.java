package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.tensor.Tensor;

/**
 * {@link Conv2d} with a binary weight; K is the mean size of the inputs in each window, over the
 * channels of each group.
 */
@Paper(id = "xnor-net")
final class BinaryConv2d extends BinaryLayer {
  private static final long serialVersionUID = 1L;

  // Its weight and bias are this layer's own parameters; it lends its geometry.
  private final Conv2d real;

  BinaryConv2d(Conv2d real, XnorNet form) {
    super(real.weight(), real.bias(), form);
    this.real = real;
  }

  @Override
  Tensor product(Tensor x, Tensor w, Tensor b) {
    if (x.dim() != 4 || x.size(1) != real.in()) {
      throw wrongInput("[N, " + real.in() + ", H, W]", x);
    }
    return real.convolve(x, w, b, real.groups());
  }

  @Override
  Tensor scale(Tensor sizes) {
    long groups = real.groups();
    Tensor means = sizes.unflatten(1, groups, real.in() / groups).mean(2);
    long[] k = real.kernel();
    Tensor box = Tensor.full(sizes.dtype(), 1.0 / (k[0] * k[1]), groups, 1, k[0], k[1]);
    Tensor scales = real.convolve(means, box.to(sizes.device()), null, groups);
    return groups == 1 ? scales : scales.repeatInterleave(real.out() / groups, 1);
  }

  @Override
  Tensor alongOutputs(Tensor b) {
    return b.view(1, -1, 1, 1);
  }
}
