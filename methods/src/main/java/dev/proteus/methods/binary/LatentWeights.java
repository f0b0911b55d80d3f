package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.State;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the latent weights of binary layers centred and in [-1, 1]: another optimizer's step, and
 * then, for those weights alone,
 *
 * <pre>  W = clamp(W - mean over input channels of W, -1, 1)        W: [out, in, ..]  </pre>
 *
 * <p>The paper does this before each forward pass; after each step (and once in {@link XnorNet})
 * comes to the same, and the forward pass changes nothing.
 *
 * @param inner the step
 */
@Paper(id = "xnor-net")
public record LatentWeights(Optimizer inner) implements Optimizer {
  /** Adam 1e-3. */
  public LatentWeights() {
    this(new Adam(1e-3));
  }

  static void project(Tensor w) {
    Autograd.noGrad(() -> w.sub_(w.mean(1, true)).clamp_(-1, 1));
  }

  /** Starts on a network: binary layers' weights as said, all else by the inner optimizer. */
  @Override
  public Stepper on(Layer net) {
    Set<Parameter> latent = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer l : net.layers()) {
      if (l instanceof BinaryLayer binary) {
        latent.add(binary.weight());
      }
    }
    Map<String, Parameter> binary = new LinkedHashMap<>();
    Map<String, Parameter> real = new LinkedHashMap<>();
    net.trainable().forEach((path, p) -> (latent.contains(p) ? binary : real).put(path, p));
    if (binary.isEmpty()) {
      throw new IllegalArgumentException(
          net + " has no trainable binary weights; rewrite it first, or train it with " + inner);
    }
    List<Group> groups = new ArrayList<>(List.of(new Group(binary, this, 1)));
    if (!real.isEmpty()) {
      groups.add(new Group(real, inner, 1));
    }
    return new Stepper(groups);
  }

  @Override
  public double lr() {
    return inner.lr();
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double lr) {
    inner.update(x, gradient, state, lr);
    project(x);
  }

  @Override
  public void updateAll(List<Tensor> xs, List<Tensor> gradients, List<State> states, double lr) {
    inner.updateAll(xs, gradients, states, lr);
    xs.forEach(LatentWeights::project);
  }

  @Override
  public LatentWeights withMomentum(double momentum) {
    return new LatentWeights(inner.withMomentum(momentum));
  }
}
