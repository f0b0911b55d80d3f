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
 * LARS as the LAMB paper states it (algorithm 1), its baseline: momentum's direction for each
 * tensor, at a length that is the learning rate's share of the tensor's own norm.
 *
 * <pre>
 *   m = momentum m + (1 - momentum) (g + weightDecay x)
 *   x = x - lr |x| / |m| m               |.| over the whole tensor; |x| / |m| is 1 where one is 0
 * </pre>
 *
 * <p>The paper that LARS comes from takes the ratio of the gradient, before momentum, and a trust
 * coefficient of 0.001. On a network ({@link #on(Layer)}), biases and the scales and shifts of
 * norms have neither weight decay nor adaptation.
 *
 * @param lr learning rate: the relative change of each adapted tensor in a step
 * @param momentum share of the last direction that is kept
 * @param weightDecay strength of the L2 penalty
 * @param adapt whether the step has the tensor's norm
 * @see <a href="https://arxiv.org/abs/1904.00962">Large Batch Optimization for Deep Learning:
 *     Training BERT in 76 minutes</a>
 * @see <a href="https://arxiv.org/abs/1708.03888">Large Batch Training of Convolutional
 *     Networks</a>
 */
@Paper(id = "lamb")
public record Lars(double lr, double momentum, double weightDecay, boolean adapt)
    implements Optimizer {
  public Lars {
    Require.positive("lr", lr);
    Require.decay("momentum", momentum);
    Require.notNegative("weightDecay", weightDecay);
  }

  public Lars() {
    this(1e-2, 0);
  }

  public Lars(double lr, double weightDecay) {
    this(lr, 0.9, weightDecay, true);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor g = gradient.add(x, weightDecay);
    Tensor m = state.get("m", x::zerosLike).lerp_(g, 1 - momentum);
    if (adapt) {
      x.addcmul_(m, TrustRatio.of(x, m), -lr);
    } else {
      x.add_(m, -lr);
    }
  }

  /** Kernels by this rule; biases and parameters of norms without decay and adaptation. */
  public List<Group> groups(Layer net) {
    Lars plain = new Lars(lr, momentum, 0, false);
    return List.of(new Group(Kernels.of(net), this, 1), new Group(Kernels.others(net), plain, 1));
  }

  @Override
  public Stepper on(Layer net) {
    return new Stepper(groups(net));
  }

  @Override
  public Lars withMomentum(double m) {
    return new Lars(lr, m, weightDecay, adapt);
  }
}
