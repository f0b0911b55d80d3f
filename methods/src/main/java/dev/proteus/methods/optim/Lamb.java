package dev.proteus.methods.optim;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Kernels;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.State;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * LAMB: Adam's direction for each tensor, at a length that is the learning rate's share of the
 * tensor's own norm. That keeps large batches, and their large rates, from tearing any one layer.
 *
 * <pre>
 *   m = beta1 m + (1 - beta1) g
 *   v = beta2 v + (1 - beta2) g^2
 *   u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + weightDecay x      t = 1, 2, ..
 *   x = x - lr |x| / |u| u               |.| over the whole tensor; |x| / |u| is 1 where one is 0
 * </pre>
 *
 * <p>On a network ({@link #on(Layer)}), biases and the scales and shifts of norms have neither
 * weight decay nor adaptation, as in the official code when it is told their names. The paper's
 * bounds on |x| are left out, as they are there. With a batch k times larger, the paper takes a
 * rate sqrt(k) times larger, and a longer warm-up.
 *
 * @param lr learning rate: the relative change of each adapted tensor in a step
 * @param beta1 share that the mean of gradients keeps
 * @param beta2 share that the mean of squared gradients keeps
 * @param eps keeps the division finite
 * @param weightDecay strength of the decay; 0.01 for BERT
 * @param adapt whether the step has the tensor's norm; without it is Adam's, with the decay in it
 * @see <a href="https://arxiv.org/abs/1904.00962">Large Batch Optimization for Deep Learning:
 *     Training BERT in 76 minutes</a>
 */
@Paper(id = "lamb")
public record Lamb(
    double lr, double beta1, double beta2, double eps, double weightDecay, boolean adapt)
    implements Optimizer {
  public Lamb {
    Require.positive("lr", lr);
    Require.decay("beta1", beta1);
    Require.decay("beta2", beta2);
    Require.notNegative("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
  }

  public Lamb() {
    this(1e-3, 0);
  }

  public Lamb(double lr, double weightDecay) {
    this(lr, 0.9, 0.999, 1e-6, weightDecay, true);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor m = state.get("m", x::zerosLike).lerp_(gradient, 1 - beta1);
    Tensor v = state.get("v", x::zerosLike).mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
    double t = state.step();
    double c1 = 1 - Math.pow(beta1, t);
    double c2 = 1 - Math.pow(beta2, t);
    Tensor u = m.div(c1).div_(v.div(c2).sqrt().add_(eps)).add_(x, weightDecay);
    if (adapt) {
      x.addcmul_(u, TrustRatio.of(x, u), -lr);
    } else {
      x.add_(u, -lr);
    }
  }

  /** Kernels by this rule; biases and parameters of norms without decay and adaptation. */
  public List<Group> groups(Layer net) {
    Lamb plain = new Lamb(lr, beta1, beta2, eps, 0, false);
    return List.of(new Group(Kernels.of(net), this, 1), new Group(Kernels.others(net), plain, 1));
  }

  @Override
  public Stepper on(Layer net) {
    return new Stepper(groups(net));
  }

  @Override
  public Lamb withMomentum(double m) {
    return new Lamb(lr, m, beta2, eps, weightDecay, adapt);
  }
}
