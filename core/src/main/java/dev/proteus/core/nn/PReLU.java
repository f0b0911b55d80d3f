package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * x where positive, else a learned slope times x; one slope, or one a channel (dimension 1).
 *
 * @see <a href="https://arxiv.org/abs/1502.01852">Delving Deep into Rectifiers</a>
 */
public final class PReLU extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter weight;

  public PReLU() {
    this(1);
  }

  public PReLU(long slopes) {
    this.weight = parameter("weight", Tensor.full(0.25, slopes));
  }

  @Override
  public Tensor forward(Tensor x) {
    long slopes = weight.value().size(0);
    if (slopes > 1 && (x.dim() < 2 || x.size(1) != slopes)) {
      throw wrongInput("[N, " + slopes + ", ..]", x);
    }
    return F.prelu(x, weight.value());
  }
}
