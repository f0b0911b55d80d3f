package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/** What normalisations of channels have in common: statistics that may run on for inference. */
abstract class ChannelNorm extends AffineNorm {
  private static final long serialVersionUID = 1L;

  private final long features;
  private final Buffer runningMean;
  private final Buffer runningVar;
  private final Buffer batches;

  /**
   * @param affine with weight and bias
   * @param tracking with running statistics
   */
  ChannelNorm(long features, double eps, boolean affine, boolean tracking) {
    super(eps, affine, true, features);
    this.features = features;
    this.runningMean = tracking ? buffer("running_mean", Tensor.zeros(features)) : null;
    this.runningVar = tracking ? buffer("running_var", Tensor.ones(features)) : null;
    this.batches = tracking ? buffer("num_batches_tracked", Tensor.zeros(DType.INT64)) : null;
  }

  /** Whether the input's own statistics are used, not the running ones. */
  final boolean byInput() {
    return isTraining() || runningMean == null;
  }

  /** Batches seen in training. */
  final Buffer batches() {
    return batches;
  }

  /** Channels. */
  public final long features() {
    return features;
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
