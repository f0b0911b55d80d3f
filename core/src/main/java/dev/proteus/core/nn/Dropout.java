package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * In training zeroes each element with probability p and scales the rest by 1 / (1 - p); draws from
 * {@link Generator#current()}.
 *
 * @see <a href="https://jmlr.org/papers/v15/srivastava14a.html">Dropout: A Simple Way to Prevent
 *     Neural Networks from Overfitting</a>
 */
public final class Dropout extends Layer {
  private static final long serialVersionUID = 1L;

  private final double p;

  public Dropout(double p) {
    this.p = probability(p);
  }

  static double probability(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1], but is " + p);
    }
    return p;
  }

  @Override
  public Tensor forward(Tensor x) {
    return isTraining() ? F.dropout(x, p, Generator.current()) : x;
  }

  public double p() {
    return p;
  }

  @Override
  public String toString() {
    return "Dropout(" + p + ")";
  }
}
