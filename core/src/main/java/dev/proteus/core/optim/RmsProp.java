package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Tensor;

/**
 * RMSprop: divides the gradient by a moving average of its magnitude.
 *
 * <pre>
 *   g' = g + weightDecay x
 *   v  = alpha v + (1 - alpha) g'^2
 *   m  = alpha m + (1 - alpha) g'            centered only
 *   d  = g' / (sqrt(v - m^2) + eps)          m = 0 where not centered
 *   b  = momentum b + d
 *   x  = x - lr b                            without momentum: x - lr d
 * </pre>
 *
 * @param lr learning rate
 * @param alpha share that the averages keep
 * @param eps keeps the division finite
 * @param weightDecay strength of the L2 penalty
 * @param momentum share of the last direction that is kept
 * @param centered divides by the standard deviation instead of the root mean square
 * @see <a href="https://arxiv.org/abs/1308.0850">Generating Sequences With Recurrent Neural
 *     Networks</a>, section 4.2 (the centered version)
 */
public record RmsProp(
    double lr, double alpha, double eps, double weightDecay, double momentum, boolean centered)
    implements Optimizer {
  public RmsProp {
    Require.positive("lr", lr);
    Require.decay("alpha", alpha);
    Require.notNegative("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
    Require.notNegative("momentum", momentum);
  }

  public RmsProp() {
    this(1e-2, 0.99, 1e-8, 0, 0, false);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor g = weightDecay == 0 ? gradient : gradient.add(x, weightDecay);
    Tensor v = state.get("v", x::zerosLike).mul_(alpha).addcmul_(g, g, 1 - alpha);
    if (centered) {
      Tensor m = state.get("m", x::zerosLike).lerp_(g, 1 - alpha);
      v = v.copy().addcmul_(m, m, -1);
    }
    Tensor scale = v.sqrt().add_(eps);
    if (momentum == 0) {
      x.addcdiv_(g, scale, -lr);
    } else {
      x.add_(state.get("momentum", x::zerosLike).mul_(momentum).addcdiv_(g, scale, 1), -lr);
    }
  }

  @Override
  public RmsProp withMomentum(double m) {
    return new RmsProp(lr, alpha, eps, weightDecay, m, centered);
  }
}
