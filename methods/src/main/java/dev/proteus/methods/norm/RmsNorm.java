package dev.proteus.methods.norm;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * RMSNorm: scales each vector by its root mean square; no re-centring.
 *
 * <pre>
 *   y = x / rms * weight + bias          x, y: [.., D], weight, bias: [D]
 *   rms = sqrt(mean(x_i^2)) + eps        or, with eps inside, sqrt(mean(x_i^2) + eps)
 * </pre>
 *
 * <p>The mean is over the first floor(p D) entries; p below 1 is the paper's pRMSNorm, with 0.0625
 * there. Invariant to scaling of x (up to eps), but not to shifts: that is LayerNorm's.
 *
 * @see <a href="https://arxiv.org/abs/1910.07467">Root Mean Square Layer Normalization</a>
 */
@Paper(id = "rmsnorm")
public final class RmsNorm extends Layer {
  private static final long serialVersionUID = 1L;

  /** Where eps is added. */
  public enum Eps {
    /** To the root, as in the official PyTorch code. */
    OUTSIDE,
    /** To the mean below the root, as in the official TensorFlow code and in language models. */
    INSIDE
  }

  private final long dim;
  private final double eps;
  private final Eps place;
  private final double p;
  private final long measured;
  private final Parameter weight;
  private final Parameter bias;

  /** With the official defaults. */
  public RmsNorm(long dim) {
    this(dim, 1e-8, Eps.OUTSIDE, 1, false);
  }

  /** The whole vector's root mean square with eps inside, as language models have it. */
  public RmsNorm(long dim, double eps) {
    this(dim, eps, Eps.INSIDE, 1, false);
  }

  /**
   * @param p share of the entries that the root mean square is taken of, above 0 and up to 1
   */
  public RmsNorm(long dim, double eps, Eps place, double p, boolean bias) {
    Require.notNegative("eps", eps);
    Require.between("p", p, 0, 1);
    this.dim = dim;
    this.eps = eps;
    this.place = place;
    this.p = p;
    this.measured = (long) (dim * p);
    if (measured == 0) {
      throw new IllegalArgumentException(
          "p = " + p + " of " + dim + " entries is none; p must be at least " + 1.0 / dim);
    }
    this.weight = parameter("weight", Tensor.ones(dim));
    this.bias = bias ? parameter("bias", Tensor.zeros(dim)) : null;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() == 0 || x.size(-1) != dim) {
      throw wrongInput("[.., " + dim + "]", x);
    }
    Tensor y =
        place == Eps.INSIDE && measured == dim
            ? F.rmsNorm(x, new long[] {dim}, weight.value(), eps)
            : x.div(rms(x)).mul(weight.value());
    return bias == null ? y : y.add(bias.value());
  }

  private Tensor rms(Tensor x) {
    Tensor first = measured == dim ? x : x.narrow(-1, 0, measured);
    if (place == Eps.INSIDE) {
      return first.square().mean(-1, true).add(eps).sqrt();
    }
    // The norm, because its gradient is 0 for a vector of zeros; that of a root of a sum is not.
    return first.norm(2, new int[] {-1}, true).mul(1 / Math.sqrt((double) measured)).add(eps);
  }

  public Parameter weight() {
    return weight;
  }

  /** Null if the layer has none. */
  public Parameter bias() {
    return bias;
  }

  @Override
  public String toString() {
    return "RmsNorm(" + dim + (p < 1 ? ", p=" + p : "") + ")";
  }
}
