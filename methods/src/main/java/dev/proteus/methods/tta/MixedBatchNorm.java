package dev.proteus.methods.tta;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.BatchNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Batch normalisation by a mixture of the source's statistics and those of the batch at hand.
 *
 * <pre>
 *   mu  = a mu_s  + (1 - a) mu_t          mu_t, var_t: over all axes but the channel, biased
 *   var = a var_s + (1 - a) var_t
 *   y   = weight (x - mu) / sqrt(var + eps) + bias          x, y: [N, C, ..]
 * </pre>
 *
 * The source statistics are never changed. a = 1 is the source network in evaluation mode, a = 0
 * normalises by the batch alone. Gradients flow through the statistics of the batch.
 */
@Paper(id = "alpha-bn-core")
final class MixedBatchNorm extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<BatchNorm> source;
  private final double alpha;

  MixedBatchNorm(BatchNorm source, double alpha) {
    this.source = slot("source", BatchNorm.class, source);
    this.alpha = alpha;
  }

  @Override
  public Tensor forward(Tensor x) {
    BatchNorm bn = source.get();
    Tensor weight = bn.weight() == null ? null : bn.weight().value();
    Tensor bias = bn.bias() == null ? null : bn.bias().value();
    Tensor mean = bn.runningMean().value();
    Tensor var = bn.runningVar().value();
    if (alpha == 0) {
      return F.batchNorm(x, null, null, weight, bias, true, 0, bn.eps());
    }
    if (alpha < 1) {
      // Two passes of means: a fifth of the time of the engine's variance over these axes.
      Tensor batchMean = x.mean(axes(x), true);
      Tensor batchVar = x.sub(batchMean).square().mean(axes(x), false);
      mean = batchMean.flatten().lerp(mean, alpha);
      var = batchVar.lerp(var, alpha);
    }
    if (!Autograd.isEnabled()) {
      // The engine's kernel takes given statistics in one pass, but has no gradient for them.
      return F.batchNorm(x, mean, var, weight, bias, false, 0, bn.eps());
    }
    Tensor scale = var.add(bn.eps()).rsqrt();
    if (weight != null) {
      scale = scale.mul(weight);
    }
    Tensor shift = mean.mul(scale).neg();
    if (bias != null) {
      shift = shift.add(bias);
    }
    return channels(shift, x).addcmul(x, channels(scale, x));
  }

  private static Tensor channels(Tensor perChannel, Tensor x) {
    long[] shape = new long[x.dim()];
    java.util.Arrays.fill(shape, 1);
    shape[1] = -1;
    return perChannel.view(shape);
  }

  private static int[] axes(Tensor x) {
    int[] axes = new int[x.dim() - 1];
    for (int i = 1; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return axes;
  }
}
