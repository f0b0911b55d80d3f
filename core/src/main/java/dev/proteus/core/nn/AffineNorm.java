package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** What normalisations with a learned scale and shift have in common. */
abstract class AffineNorm extends Layer {
  private static final long serialVersionUID = 1L;

  private final double eps;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * @param affine with weight
   * @param shift with bias, too
   * @param shape of both
   */
  AffineNorm(double eps, boolean affine, boolean shift, long... shape) {
    this.eps = eps;
    this.weight = affine ? parameter("weight", Tensor.ones(shape)) : null;
    this.bias = affine && shift ? parameter("bias", Tensor.zeros(shape)) : null;
  }

  /** Its value; null where there is none. */
  static Tensor value(Stored stored) {
    return stored == null ? null : stored.value();
  }

  public final double eps() {
    return eps;
  }

  /** Null if the layer is not affine. */
  public final Parameter weight() {
    return weight;
  }

  /** Null if the layer has none. */
  public final Parameter bias() {
    return bias;
  }
}
