package dev.proteus.core.nn;

/** {@link InstanceNorm} of [N, C, L]. */
public final class InstanceNorm1d extends InstanceNorm {
  private static final long serialVersionUID = 1L;

  /** As in PyTorch without weight, bias and running statistics. */
  public InstanceNorm1d(long features) {
    this(features, 1e-5, 0.1, false, false);
  }

  /**
   * @param affine with weight and bias
   * @param tracking with running statistics
   */
  public InstanceNorm1d(
      long features, double eps, double momentum, boolean affine, boolean tracking) {
    super(1, features, eps, momentum, affine, tracking);
  }
}
