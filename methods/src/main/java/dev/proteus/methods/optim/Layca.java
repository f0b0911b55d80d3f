package dev.proteus.methods.optim;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Kernels;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.State;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Layca: controls by how much each step rotates each kernel. Another optimizer proposes the
 * direction; the rotation is the learning rate's, and norms never change.
 *
 * <pre>
 *   s = s - &lt;s, w&gt; / |w|^2 w          the proposal's part across w
 *   s = s |w| / |s|                   0 if |s| is 1e-7 or less
 *   w = (w - lr s) |w| / |w - lr s|   rotates w by arctan(lr)          |.| over the whole kernel
 * </pre>
 *
 * <p>The learning rate of kernel l = 0 .. L-1, counted from the input, is lr times
 *
 * <pre>
 *   (1 - alpha)^(5 (L-1-l) / (L-1))      alpha &gt; 0: late kernels rotate more
 *   (1 + alpha)^(5 l / (L-1))            alpha &lt; 0: early kernels rotate more  </pre>
 *
 * <p>As in the official code, what is not a kernel (biases, norms) stays as it is, unless {@code
 * others} is set. The proposal is asked for as if w were 0, where weight decay, which has no part
 * across w, vanishes, and small steps are not rounded off.
 *
 * @param inner proposes the direction, and is the plain optimizer of the {@code others}; its
 *     learning rate is only theirs
 * @param lr tangent of the angle by which a step rotates a kernel; 3^-3 with SGD, 3^-5 with Adam
 * @param alpha shape of the rotation over the layers, between -1 and 1; 0 is the same for all
 * @param others whether biases and parameters of norms are trained, by {@code inner}
 * @see <a href="https://arxiv.org/abs/1806.01603">Layer rotation: a surprisingly powerful indicator
 *     of generalization in deep networks?</a>
 */
@Paper(id = "layer-rotation-layca")
public record Layca(Optimizer inner, double lr, double alpha, boolean others) implements Optimizer {
  private static final double SMALLEST_STEP = 1e-7;
  private static final double STEEPNESS = 5;

  public Layca {
    Require.positive("lr", lr);
    if (!(Math.abs(alpha) < 1)) {
      throw new IllegalArgumentException("alpha must be between -1 and 1, but is " + alpha);
    }
  }

  public Layca() {
    this(new Sgd(), Math.pow(3, -3));
  }

  public Layca(Optimizer inner, double lr) {
    this(inner, lr, 0, false);
  }

  @Override
  public void update(Tensor w, Tensor gradient, State state, double lr) {
    Tensor s = proposal(w, gradient, state, lr);
    Tensor norm = w.norm();
    s = s.addcmul_(w, s.mul(w).sum().div(norm.square()), -1);
    Tensor length = s.norm();
    Tensor scale = length.gt(SMALLEST_STEP).where(norm.div(length), 0);
    w.addcmul_(s, scale, -lr);
    w.mul_(norm.div(w.norm()));
  }

  /** The step that {@code inner} would subtract. */
  private Tensor proposal(Tensor w, Tensor gradient, State state, double lr) {
    Tensor moved = w.zerosLike();
    inner.update(moved, gradient, state, lr);
    return moved.mul_(-1);
  }

  /** The kernels of a network, each with its own rate, and where asked for all the others. */
  public List<Group> groups(Layer net) {
    List<Group> groups = new ArrayList<>(groups(Kernels.of(net)));
    if (others) {
      groups.add(new Group(Kernels.others(net), inner, 1));
    }
    return groups;
  }

  private List<Group> groups(Map<String, Parameter> kernels) {
    List<Group> groups = new ArrayList<>();
    kernels.forEach(
        (path, p) ->
            groups.add(
                new Group(Map.of(path, p), this, multiplier(groups.size(), kernels.size()))));
    return groups;
  }

  /** Share of the learning rate that kernel {@code l} of {@code count} has; the largest is 1. */
  double multiplier(int l, int count) {
    if (count == 1) {
      return 1;
    }
    int distance = alpha > 0 ? count - 1 - l : l;
    return Math.pow(1 - Math.abs(alpha), STEEPNESS * distance / (count - 1));
  }

  @Override
  public Stepper on(Layer net) {
    return new Stepper(groups(net));
  }

  /** Starts on these kernels, in order from the input. */
  @Override
  public Stepper on(Map<String, Parameter> kernels) {
    return new Stepper(groups(kernels));
  }

  @Override
  public Layca withMomentum(double m) {
    return new Layca(inner.withMomentum(m), lr, alpha, others);
  }
}
