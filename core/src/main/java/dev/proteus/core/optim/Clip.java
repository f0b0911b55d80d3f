package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Native;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Limits gradients in place, between the backward pass and the step. */
public final class Clip {
  private Clip() {}

  /** {@link #norm(Map, double, double, boolean)} of the 2-norm, whatever comes out. */
  public static double norm(Map<String, Parameter> parameters, double max) {
    return norm(parameters, max, 2, false);
  }

  /**
   * Scales all gradients by min(1, max / (norm + 1e-6)), where norm is that of all of them as one
   * vector.
   *
   * @param parameters by path; those without a gradient do not count
   * @param p which norm: 2, or infinity for the largest magnitude
   * @param errorIfNonFinite refuses a norm that is NaN or infinite; otherwise the gradients become
   *     NaN or 0, as in PyTorch
   * @return the norm before clipping
   * @throws ArithmeticException naming the first parameter with such a gradient; nothing is changed
   *     then
   */
  public static double norm(
      Map<String, Parameter> parameters, double max, double p, boolean errorIfNonFinite) {
    Require.positive("max", max);
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      List<Tensor> gradients = gradients(parameters);
      if (gradients.isEmpty()) {
        return 0;
      }
      double norm = total(gradients, p);
      if (errorIfNonFinite && !Double.isFinite(norm)) {
        throw new ArithmeticException(
            "the gradient norm is " + norm + ", because of " + nonFinite(parameters));
      }
      double scale = max / (norm + 1e-6);
      if (!(scale >= 1)) {
        Native.call("aten::_foreach_mul_", "Scalar", gradients, scale);
      }
      return norm;
    }
  }

  /** Limits each element of the gradients to [-max, max]. */
  public static void value(Map<String, Parameter> parameters, double max) {
    Require.positive("max", max);
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      gradients(parameters).forEach(g -> g.clamp_(-max, max));
    }
  }

  private static List<Tensor> gradients(Map<String, Parameter> parameters) {
    return new ArrayList<>(
        parameters.values().stream().map(Parameter::grad).filter(Objects::nonNull).toList());
  }

  private static double total(List<Tensor> gradients, double p) {
    // The norm of many bfloat16 numbers would be rounded to 8 bits.
    List<Tensor> wide =
        gradients.stream().map(g -> g.dtype().bytes() < 4 ? g.to(DType.FLOAT32) : g).toList();
    List<Tensor> norms =
        Native.call("aten::_foreach_norm", "Scalar", wide, p, null).stream()
            .map(n -> n.toLike(wide.get(0)))
            .toList();
    return Tensor.stack(0, norms).norm(p, new int[] {0}, false).item();
  }

  private static String nonFinite(Map<String, Parameter> parameters) {
    return parameters.entrySet().stream()
        .filter(e -> e.getValue().grad() != null && !e.getValue().grad().isFinite())
        .map(e -> "'" + e.getKey() + "'")
        .findFirst()
        .orElse("a sum that is out of range");
  }
}
