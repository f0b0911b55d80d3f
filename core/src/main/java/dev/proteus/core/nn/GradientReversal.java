package dev.proteus.core.nn;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;

/**
 * Passes values on and gradients back times -lambda: what is below learns to undo what is above.
 *
 * <p>Lambda is the layer's, unless {@link #LAMBDA} is open: that is how a schedule sets it.
 *
 * @see Autograd#reverse
 */
public final class GradientReversal extends Layer {
  private static final long serialVersionUID = 1L;

  /** Lambda of every reversal layer below a forward call. */
  public static final Context<Double> LAMBDA = new Context<>("gradient reversal lambda");

  private final double lambda;

  public GradientReversal(double lambda) {
    this.lambda = lambda;
  }

  @Override
  public Tensor forward(Tensor x) {
    return Autograd.reverse(x, LAMBDA.orElse(lambda));
  }
}
