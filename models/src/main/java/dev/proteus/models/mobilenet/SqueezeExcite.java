package dev.proteus.models.mobilenet;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Scales each channel by what the means of all channels say.
 *
 * <pre>  y = x hardsigmoid(conv_expand(relu(conv_reduce(mean(x)))))      x, y: [N, C, H, W]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1709.01507">Squeeze-and-Excitation Networks</a>
 */
final class SqueezeExcite extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> reduce;
  private final Slot<Layer> expand;

  SqueezeExcite(int channels, int squeeze) {
    reduce = slot("conv_reduce", new Conv2d(channels, squeeze, 1));
    expand = slot("conv_expand", new Conv2d(squeeze, channels, 1));
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor means = x.mean(new int[] {2, 3}, true);
    return x.mul(F.hardsigmoid(expand.call(reduce.call(means).relu())));
  }
}
