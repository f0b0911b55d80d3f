package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
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
public abstract class InstanceNorm extends Layer {
  private static final long serialVersionUID = 1L;

  private final int dims;
  private final long features;
  private final double eps;
  private final double momentum;
  private final Parameter weight;
  private final Parameter bias;
  private final Buffer runningMean;
  private final Buffer runningVar;

  InstanceNorm(
      int dims, long features, double eps, double momentum, boolean affine, boolean tracking) {
    this.dims = dims;
    this.features = features;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? parameter("weight", Tensor.ones(features)) : null;
    this.bias = affine ? parameter("bias", Tensor.zeros(features)) : null;
    this.runningMean = tracking ? buffer("running_mean", Tensor.zeros(features)) : null;
    this.runningVar = tracking ? buffer("running_var", Tensor.ones(features)) : null;
    if (tracking) {
      // PyTorch stores it here, too, but never counts.
      buffer("num_batches_tracked", Tensor.zeros(DType.INT64));
    }
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != dims + 2 || x.size(1) != features) {
      throw wrongInput("[N, " + features + (dims == 1 ? ", L]" : ", H, W]"), x);
    }
    boolean byInput = isTraining() || runningMean == null;
    if (byInput && x.numel() == x.size(0) * features) {
      throw wrongInput("more than one value a channel and sample, to take statistics of", x);
    }
    return F.instanceNorm(
        x,
        runningMean == null ? null : runningMean.value(),
        runningVar == null ? null : runningVar.value(),
        weight == null ? null : weight.value(),
        bias == null ? null : bias.value(),
        byInput,
        momentum,
        eps);
  }

  /** Channels. */
  public final long features() {
    return features;
  }

  public final double eps() {
    return eps;
  }

  /** Null if the layer is not affine. */
  public final Parameter weight() {
    return weight;
  }

  /** Null if the layer is not affine. */
  public final Parameter bias() {
    return bias;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + features + ")";
  }
}
