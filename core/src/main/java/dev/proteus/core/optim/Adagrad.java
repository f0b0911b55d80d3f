package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Tensor;

/**
 * Adagrad: divides the gradient by the root of the sum of all its squares so far.
 *
 * <pre>
 *   g' = g + weightDecay x
 *   v  = v + g'^2                            v starts at initialAccumulator
 *   x  = x - lr / (1 + (t - 1) lrDecay) g' / (sqrt(v) + eps)      t = 1, 2, ..
 * </pre>
 *
 * @param lr learning rate
 * @param lrDecay how fast the learning rate falls
 * @param weightDecay strength of the L2 penalty
 * @param initialAccumulator where the sum of squares starts
 * @param eps keeps the division finite
 * @see <a href="https://jmlr.org/papers/v12/duchi11a.html">Adaptive Subgradient Methods for Online
 *     Learning and Stochastic Optimization</a>
 */
public record Adagrad(
    double lr, double lrDecay, double weightDecay, double initialAccumulator, double eps)
    implements Optimizer {
  public Adagrad {
    Require.positive("lr", lr);
    Require.notNegative("lrDecay", lrDecay);
    Require.notNegative("weightDecay", weightDecay);
    Require.notNegative("initialAccumulator", initialAccumulator);
    Require.notNegative("eps", eps);
  }

  public Adagrad() {
    this(1e-2, 0, 0, 0, 1e-10);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor g = weightDecay == 0 ? gradient : gradient.add(x, weightDecay);
    Tensor v = state.get("v", () -> x.zerosLike().fill_(initialAccumulator)).addcmul_(g, g, 1);
    double decayed = lr / (1 + (state.step() - 1) * lrDecay);
    x.addcdiv_(g, v.sqrt().add_(eps), -decayed);
  }
}
