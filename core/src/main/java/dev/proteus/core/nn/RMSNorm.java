package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Scales each vector by its root mean square, then by a learned weight; no re-centring, no shift.
 *
 * <pre>  y = x / sqrt(mean(x^2) + eps) * weight      x, y: [.., dim], weight: [dim]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1910.07467">Root Mean Square Layer Normalization</a>
 */
public final class RMSNorm extends Layer {
  private static final long serialVersionUID = 1L;

  private final long dim;
  private final double eps;
  private final Parameter weight;

  public RMSNorm(long dim, double eps) {
    this.dim = dim;
    this.eps = eps;
    this.weight = parameter("weight", Tensor.ones(dim));
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != dim) {
      throw wrongInput("[.., " + dim + "]", x);
    }
    return F.rmsNorm(x, new long[] {dim}, weight.value(), eps);
  }

  public double eps() {
    return eps;
  }

  public Parameter weight() {
    return weight;
  }

  @Override
  public String toString() {
    return "RMSNorm(" + dim + ")";
  }
}
