package dev.proteus.core.nn;

/** {@link BatchNorm} of [N, C] or [N, C, L]. */
public final class BatchNorm1d extends BatchNorm {
  private static final long serialVersionUID = 1L;

  public BatchNorm1d(long features) {
    this(features, EPS, MOMENTUM, true, true);
  }

  /**
   * @param momentum null for the plain average over all batches
   * @param affine with weight and bias
   * @param tracking with running statistics
   */
  public BatchNorm1d(long features, double eps, Double momentum, boolean affine, boolean tracking) {
    super(features, eps, momentum, affine, tracking);
  }

  @Override
  String expected(int dims) {
    return dims == 2 || dims == 3 ? null : "[N, " + features() + "] or [N, " + features() + ", L]";
  }
}
