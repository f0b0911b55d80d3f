package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Gives each group of channels of each sample mean 0 and variance 1, then each channel a learned
 * scale and shift.
 *
 * <pre>  y = (x - mean) / sqrt(var + eps) * weight + bias
 *   x: [N, C, ..], mean and biased var over C / groups channels and all positions  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1803.08494">Group Normalization</a>
 */
public final class GroupNorm extends AffineNorm {
  private static final long serialVersionUID = 1L;

  private final long groups;
  private final long channels;

  public GroupNorm(long groups, long channels) {
    this(groups, channels, 1e-5, true);
  }

  /**
   * @param affine with weight and bias
   */
  public GroupNorm(long groups, long channels, double eps, boolean affine) {
    super(eps, affine, true, channels);
    if (groups < 1 || channels % groups != 0) {
      throw new IllegalArgumentException(
          "groups must divide the " + channels + " channels, but is " + groups);
    }
    this.groups = groups;
    this.channels = channels;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() < 2 || x.size(1) != channels) {
      throw wrongInput("[N, " + channels + ", ..]", x);
    }
    return F.groupNorm(x, groups, value(weight()), value(bias()), eps());
  }

  public long groups() {
    return groups;
  }

  public long channels() {
    return channels;
  }

  @Override
  public String toString() {
    return "GroupNorm(" + groups + ", " + channels + ")";
  }
}
