package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Gives each channel of each sample mean 0 and variance 1 over its positions, then, if affine, a
 * learned scale and shift.
 *
 * <pre>  y = (x - mean) / sqrt(var + eps) * weight + bias      x: [N, C, ..], var biased  </pre>
 *
 * <p>If it tracks, running statistics move in training towards the batch's average of the samples'
 * and replace them in inference.
 *
 * @see <a href="https://arxiv.org/abs/1607.08022">Instance Normalization</a>
 */
public abstract class InstanceNorm extends ChannelNorm {
  private static final long serialVersionUID = 1L;

  private final int dims;
  private final double momentum;

  /** Running statistics have a count of batches, as in PyTorch, which never counts here. */
  InstanceNorm(
      int dims, long features, double eps, double momentum, boolean affine, boolean tracking) {
    super(features, eps, affine, tracking);
    this.dims = dims;
    this.momentum = momentum;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != dims + 2 || x.size(1) != features()) {
      throw wrongInput("[N, " + features() + (dims == 1 ? ", L]" : ", H, W]"), x);
    }
    if (byInput() && x.numel() == x.size(0) * features()) {
      throw wrongInput("more than one value a channel and sample, to take statistics of", x);
    }
    return F.instanceNorm(
        x,
        value(runningMean()),
        value(runningVar()),
        value(weight()),
        value(bias()),
        byInput(),
        momentum,
        eps());
  }
}
