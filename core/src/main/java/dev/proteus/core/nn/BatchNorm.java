package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Batch normalisation: each channel gets mean 0 and variance 1, then a learned scale and shift.
 *
 * <pre>  y = (x - mean) / sqrt(var + eps) * weight + bias      x: [N, C, ..]  </pre>
 *
 * <p>In training mean and (biased) variance are the batch's, and the running ones move: {@code
 * running += momentum (batch - running)}, with the unbiased variance. In inference they are the
 * running ones; a layer that tracks none uses the batch's always.
 *
 * @see <a href="https://arxiv.org/abs/1502.03167">Batch Normalization</a>
 */
public abstract class BatchNorm extends Layer {
  private static final long serialVersionUID = 1L;

  public static final double EPS = 1e-5;
  public static final double MOMENTUM = 0.1;

  private final long features;
  private final double eps;
  private final Double momentum;
  private final Parameter weight;
  private final Parameter bias;
  private final Buffer runningMean;
  private final Buffer runningVar;
  private final Buffer batches;

  /**
   * @param momentum null for the plain average over all batches
   * @param affine with weight and bias
   * @param tracking with running statistics
   */
  BatchNorm(long features, double eps, Double momentum, boolean affine, boolean tracking) {
    this.features = features;
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? parameter("weight", Tensor.ones(features)) : null;
    this.bias = affine ? parameter("bias", Tensor.zeros(features)) : null;
    this.runningMean = tracking ? buffer("running_mean", Tensor.zeros(features)) : null;
    this.runningVar = tracking ? buffer("running_var", Tensor.ones(features)) : null;
    this.batches = tracking ? buffer("num_batches_tracked", Tensor.zeros(DType.INT64)) : null;
  }

  /** The shape that the layer takes, for messages, or null if {@code dims} dimensions are right. */
  abstract String expected(int dims);

  @Override
  public Tensor forward(Tensor x) {
    String expected = expected(x.dim());
    if (expected != null || x.size(1) != features) {
      throw wrongInput(expected == null ? "[N, " + features + ", ..]" : expected, x);
    }
    boolean byBatch = isTraining() || runningMean == null;
    if (byBatch && x.numel() == features) {
      throw wrongInput("more than one value a channel, to take statistics of in training", x);
    }
    double rate = 0;
    if (isTraining() && runningMean != null) {
      Tensor count = batches.value().add_(1);
      rate = momentum == null ? 1 / count.item() : momentum;
    }
    return F.batchNorm(
        x,
        runningMean == null ? null : runningMean.value(),
        runningVar == null ? null : runningVar.value(),
        weight == null ? null : weight.value(),
        bias == null ? null : bias.value(),
        byBatch,
        rate,
        eps);
  }

  /** Channels. */
  public final long features() {
    return features;
  }

  public final double eps() {
    return eps;
  }

  /** Null for the plain average over all batches. */
  public final Double momentum() {
    return momentum;
  }

  /** Null if the layer is not affine. */
  public final Parameter weight() {
    return weight;
  }

  /** Null if the layer is not affine. */
  public final Parameter bias() {
    return bias;
  }

  /** Null if the layer does not track. */
  public final Buffer runningMean() {
    return runningMean;
  }

  /** Null if the layer does not track. */
  public final Buffer runningVar() {
    return runningVar;
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + features + ")";
  }
}
