package dev.proteus.core.optim;

import dev.proteus.core.method.Method;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Turns gradients into a step: one formula for one parameter. The state that the formula keeps
 * (moments, step count) is handed to it.
 */
public interface Optimizer extends Method {
  /** The learning rate that schedules and groups multiply. */
  double lr();

  /**
   * Changes {@code x} in place. Called without gradient recording, in a scope that closes with the
   * step.
   *
   * @param x the parameter's values
   * @param gradient of the same shape; not to be changed
   * @param state what this parameter's earlier steps left; {@link State#step} is 1 at the first
   * @param lr learning rate of this step
   */
  void update(Tensor x, Tensor gradient, State state, double lr);

  /**
   * One step for many parameters at once; the default is {@link #update} for each. An optimizer
   * that has a fused kernel overrides this, with {@code update} as its oracle.
   */
  default void updateAll(List<Tensor> xs, List<Tensor> gradients, List<State> states, double lr) {
    for (int i = 0; i < xs.size(); i++) {
      update(xs.get(i), gradients.get(i), states.get(i), lr);
    }
  }

  /**
   * The same rule with another momentum (or first beta), for schedules that cycle it.
   *
   * @throws IllegalArgumentException if the rule has none
   */
  default Optimizer withMomentum(double momentum) {
    throw new IllegalArgumentException(
        getClass().getSimpleName() + " has no momentum that a schedule could cycle");
  }

  /** Starts on all trainable parameters of a network. */
  default Stepper on(Layer net) {
    return on(net.trainable());
  }

  /** Starts on these parameters, by path. */
  default Stepper on(Map<String, Parameter> parameters) {
    return new Stepper(List.of(new Group(parameters, this, 1)));
  }
}
