package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Native;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Stochastic gradient descent, with PyTorch's kind of momentum.
 *
 * <pre>
 *   g' = g + weightDecay x
 *   b  = momentum b + (1 - dampening) g'     at the first step b = g'
 *   x  = x - lr b                            without momentum: x - lr g'
 *   x  = x - lr (g' + momentum b)            with Nesterov
 * </pre>
 *
 * @param lr learning rate
 * @param momentum share of the last direction that is kept
 * @param dampening share of the gradient that momentum leaves out
 * @param weightDecay strength of the L2 penalty
 * @param nesterov looks ahead along the momentum
 * @see <a href="https://proceedings.mlr.press/v28/sutskever13.html">On the importance of
 *     initialization and momentum in deep learning</a>
 */
public record Sgd(
    double lr, double momentum, double dampening, double weightDecay, boolean nesterov)
    implements Optimizer {
  public Sgd {
    Require.positive("lr", lr);
    Require.notNegative("momentum", momentum);
    Require.between("dampening", dampening, 0, 1);
    Require.notNegative("weightDecay", weightDecay);
    if (nesterov && (momentum == 0 || dampening != 0)) {
      throw new IllegalArgumentException(
          "nesterov needs a momentum and no dampening, but momentum is "
              + momentum
              + " and dampening "
              + dampening);
    }
  }

  public Sgd() {
    this(1e-3, 0);
  }

  public Sgd(double lr, double momentum) {
    this(lr, momentum, 0, 0, false);
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    Tensor g = weightDecay == 0 ? gradient : gradient.add(x, weightDecay);
    if (momentum != 0) {
      Tensor b =
          state.has("momentum")
              ? state.get("momentum", null).mul_(momentum).add_(g, 1 - dampening)
              : state.get("momentum", g::copy);
      g = nesterov ? g.add(b, momentum) : b;
    }
    x.add_(g, -lr);
  }

  @Override
  public void updateAll(List<Tensor> xs, List<Tensor> gradients, List<State> states, double lr) {
    List<String> moments = momentum == 0 ? List.of() : List.of("momentum");
    Fused.step(
        this,
        moments,
        xs,
        gradients,
        states,
        lr,
        all ->
            Native.call(
                "aten::_fused_sgd_",
                "",
                all.xs(),
                all.gradients(),
                momentum == 0 ? List.of() : all.moments().get(0),
                weightDecay,
                momentum,
                lr,
                dampening,
                nesterov,
                false,
                false,
                null,
                null));
  }

  @Override
  public Sgd withMomentum(double m) {
    return new Sgd(lr, m, dampening, weightDecay, nesterov);
  }
}
