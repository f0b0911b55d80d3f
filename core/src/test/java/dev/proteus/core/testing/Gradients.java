package dev.proteus.core.testing;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Compares gradients with central differences, in float64: for a random cotangent g, d(g·f)/dx_i is
 * (g·f(x + h e_i) - g·f(x - h e_i)) / 2h, up to a relative error of {@value #TOLERANCE}. Fails in
 * nature at kinks: keep inputs away from them.
 */
public final class Gradients {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-6;

  private Gradients() {}

  /**
   * Checks the gradients of a function.
   *
   * @param f of the inputs as float64; must give the same for the same inputs
   */
  public static void check(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      names.add("input " + i);
    }
    check(f, names, List.of(inputs));
  }

  /** Checks the gradients of a layer's input and trainable parameters; turns it to float64. */
  public static void check(Layer layer, Tensor x) {
    layer.to(DType.FLOAT64);
    Map<String, Parameter> parameters = layer.trainable();
    List<String> names = new ArrayList<>(List.of("input"));
    List<Tensor> inputs = new ArrayList<>(List.of(x));
    parameters.forEach(
        (name, p) -> {
          names.add(name);
          inputs.add(p.value().detach());
        });
    check(
        in -> {
          Map<String, Tensor> state = new LinkedHashMap<>();
          for (int i = 1; i < in.size(); i++) {
            state.put(names.get(i), in.get(i));
          }
          return layer.using(state, () -> layer.forward(in.get(0)));
        },
        names,
        inputs);
  }

  private static void check(
      Function<List<Tensor>, Tensor> f, List<String> names, List<Tensor> inputs) {
    try (Scope s = Scope.open()) {
      List<Tensor> leaves =
          inputs.stream().map(x -> x.detach().to(DType.FLOAT64).copy().requiresGrad(true)).toList();
      Tensor y = f.apply(leaves);
      Tensor g = Generator.seeded(11).normal(0, 1, y.shape()).to(DType.FLOAT64);
      List<Tensor> got = Autograd.grad(List.of(y), leaves, List.of(g), false, true);
      for (int i = 0; i < leaves.size(); i++) {
        if (got.get(i) == null) {
          throw new AssertionError("no gradient reaches " + names.get(i));
        }
        double[] analytic = got.get(i).toDoubles();
        double[] numeric = differences(f, leaves, i, g);
        double scale = 1 + Arrays.stream(numeric).map(Math::abs).max().orElse(0);
        for (int k = 0; k < numeric.length; k++) {
          if (!(Math.abs(analytic[k] - numeric[k]) <= TOLERANCE * scale)) {
            throw new AssertionError(
                "gradient of "
                    + names.get(i)
                    + " at element "
                    + k
                    + ": "
                    + analytic[k]
                    + ", by differences "
                    + numeric[k]);
          }
        }
      }
    }
  }

  private static double[] differences(
      Function<List<Tensor>, Tensor> f, List<Tensor> leaves, int which, Tensor g) {
    double[] values = leaves.get(which).toDoubles();
    long[] shape = leaves.get(which).shape();
    double[] out = new double[values.length];
    for (int k = 0; k < out.length; k++) {
      double at = values[k];
      values[k] = at + STEP;
      double above = along(f, leaves, which, Tensor.of(values, shape), g);
      values[k] = at - STEP;
      double below = along(f, leaves, which, Tensor.of(values, shape), g);
      values[k] = at;
      out[k] = (above - below) / (2 * STEP);
    }
    return out;
  }

  private static double along(
      Function<List<Tensor>, Tensor> f, List<Tensor> leaves, int which, Tensor x, Tensor g) {
    try (Scope s = Scope.open()) {
      List<Tensor> moved = new ArrayList<>(leaves);
      // A leaf like the others, so that rules of its own that only act under autograd act here.
      moved.set(which, x.requiresGrad(true));
      return f.apply(moved).detach().mul(g).sum().item();
    }
  }
}
