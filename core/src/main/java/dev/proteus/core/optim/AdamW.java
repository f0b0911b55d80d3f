package dev.proteus.core.optim;

import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Adam with a weight decay of its own, which the moments do not see.
 *
 * <pre>
 *   x = (1 - lr weightDecay) x, then the step of {@link Adam} without L2 penalty
 * </pre>
 *
 * @param lr learning rate
 * @param beta1 share that the mean of gradients keeps
 * @param beta2 share that the mean of squared gradients keeps
 * @param eps keeps the division finite
 * @param weightDecay share of the weight that a step takes away, in units of lr
 * @param amsgrad whether the mean of squared gradients may only grow
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled Weight Decay Regularization</a>
 */
public record AdamW(
    double lr, double beta1, double beta2, double eps, double weightDecay, boolean amsgrad)
    implements Optimizer {
  public AdamW {
    new Adam(lr, beta1, beta2, eps, weightDecay, amsgrad);
  }

  public AdamW() {
    this(1e-3, 1e-2);
  }

  public AdamW(double lr, double weightDecay) {
    this(lr, 0.9, 0.999, 1e-8, weightDecay, false);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    x.mul_(1 - lr * weightDecay);
    new Adam(this.lr, beta1, beta2, eps, 0, amsgrad).update(x, gradient, state, lr);
  }

  @Override
  public void updateAll(List<Tensor> xs, List<Tensor> gradients, List<State> states, double lr) {
    new Adam(this.lr, beta1, beta2, eps, weightDecay, amsgrad)
        .fused("aten::_fused_adamw_", this, xs, gradients, states, lr);
  }

  @Override
  public AdamW withMomentum(double m) {
    return new AdamW(lr, m, beta2, eps, weightDecay, amsgrad);
  }
}
