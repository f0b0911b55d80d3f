package dev.proteus.core.optim;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Steps many parameters with one call of a fused kernel of the engine. */
final class Fused {
  private Fused() {}

  /** What a kernel takes at once: parameters of one type, on one device, at one step. */
  private record Kind(DType type, Device device, long step) {}

  /**
   * The kernel's list arguments, one entry a parameter.
   *
   * @param moments one list for each of the state's tensors
   */
  record Lists(Kind kind, List<Tensor> xs, List<Tensor> gradients, List<List<Tensor>> moments) {
    /** The step count as the Adam kernels want it: a float32 for each parameter. */
    List<Tensor> steps() {
      return Collections.nCopies(xs.size(), Tensor.scalar((double) kind.step()).to(kind.device()));
    }
  }

  /**
   * Calls {@code kernel} once for each kind of parameter. The formula takes the parameters that
   * have no moments yet (it makes them), and those that the kernel cannot take.
   *
   * @param moments the names of the state's tensors
   */
  static void step(
      Optimizer formula,
      List<String> moments,
      List<Tensor> xs,
      List<Tensor> gradients,
      List<State> states,
      double lr,
      Consumer<Lists> kernel) {
    Map<Kind, Lists> kinds = new LinkedHashMap<>();
    for (int i = 0; i < xs.size(); i++) {
      Tensor x = xs.get(i);
      Tensor g = gradients.get(i);
      State s = states.get(i);
      if (!fits(x, g, s, moments)) {
        formula.update(x, g, s, lr);
        continue;
      }
      Lists all =
          kinds.computeIfAbsent(
              new Kind(x.dtype(), x.device(), s.step()), kind -> empty(kind, moments.size()));
      all.xs().add(x);
      all.gradients().add(g);
      for (int m = 0; m < moments.size(); m++) {
        all.moments().get(m).add(s.get(moments.get(m), null));
      }
    }
    kinds.values().forEach(kernel);
  }

  /**
   * The kernels walk through memory and do not look at strides: all must be laid out alike. And
   * only wide types: the SGD kernel of libtorch 2.10 leaves bfloat16 parameters as they are.
   */
  private static boolean fits(Tensor x, Tensor g, State s, List<String> moments) {
    if (x.dtype().bytes() < 4 || !x.isLaidOutLike(g)) {
      return false;
    }
    for (String m : moments) {
      if (!s.has(m) || !x.isLaidOutLike(s.get(m, null))) {
        return false;
      }
    }
    return true;
  }

  private static Lists empty(Kind kind, int moments) {
    List<List<Tensor>> lists = new ArrayList<>();
    for (int m = 0; m < moments; m++) {
      lists.add(new ArrayList<>());
    }
    return new Lists(kind, new ArrayList<>(), new ArrayList<>(), lists);
  }
}
