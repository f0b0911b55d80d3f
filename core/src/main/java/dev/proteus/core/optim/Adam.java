package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Native;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Adam: steps of a size that does not depend on the gradient's scale.
 *
 * <pre>
 *   g' = g + weightDecay x
 *   m  = beta1 m + (1 - beta1) g'
 *   v  = beta2 v + (1 - beta2) g'^2
 *   x  = x - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)      t = 1, 2, ..
 * </pre>
 *
 * <p>AMSGrad divides by the largest v so far instead.
 *
 * @param lr learning rate
 * @param beta1 share that the mean of gradients keeps
 * @param beta2 share that the mean of squared gradients keeps
 * @param eps keeps the division finite
 * @param weightDecay strength of the L2 penalty; for a decay that the moments do not see, take
 *     {@link AdamW}
 * @param amsgrad whether v may only grow
 * @see <a href="https://arxiv.org/abs/1412.6980">Adam: A Method for Stochastic Optimization</a>
 * @see <a href="https://arxiv.org/abs/1904.09237">On the Convergence of Adam and Beyond</a>
 */
public record Adam(
    double lr, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad)
    implements Optimizer {
  public Adam {
    Require.positive("lr", lr);
    Require.decay("beta1", beta1);
    Require.decay("beta2", beta2);
    Require.notNegative("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
  }

  public Adam() {
    this(1e-3);
  }

  public Adam(double lr) {
    this(lr, 0.9, 0.999, 1e-8, 0, false);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor g = weightDecay == 0 ? gradient : gradient.add(x, weightDecay);
    Tensor m = state.get("m", x::zerosLike).lerp_(g, 1 - beta1);
    Tensor v = state.get("v", x::zerosLike).mul_(beta2).addcmul_(g, g, 1 - beta2);
    if (amsgrad) {
      Tensor largest = state.get("vmax", x::zerosLike);
      v = largest.copy_(largest.maximum(v));
    }
    double t = state.step();
    double c1 = 1 - Math.pow(beta1, t);
    double c2 = 1 - Math.pow(beta2, t);
    x.addcdiv_(m, v.sqrt().div_(Math.sqrt(c2)).add_(eps), -lr / c1);
  }

  @Override
  public void updateAll(List<Tensor> xs, List<Tensor> gradients, List<State> states, double lr) {
    fused("aten::_fused_adam_", this, xs, gradients, states, lr);
  }

  /** The kernels of Adam and AdamW differ by name only. */
  void fused(
      String kernel,
      Optimizer formula,
      List<Tensor> xs,
      List<Tensor> gradients,
      List<State> states,
      double lr) {
    Fused.step(
        formula,
        amsgrad ? List.of("m", "v", "vmax") : List.of("m", "v"),
        xs,
        gradients,
        states,
        lr,
        all ->
            Native.call(
                kernel,
                "",
                all.xs(),
                all.gradients(),
                all.moments().get(0),
                all.moments().get(1),
                amsgrad ? all.moments().get(2) : List.of(),
                all.steps(),
                lr,
                beta1,
                beta2,
                weightDecay,
                eps,
                amsgrad,
                false,
                null,
                null));
  }

  @Override
  public Adam withMomentum(double m) {
    return new Adam(lr, m, beta2, eps, weightDecay, amsgrad);
  }
}
