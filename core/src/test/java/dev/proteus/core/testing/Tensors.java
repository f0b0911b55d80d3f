package dev.proteus.core.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/** Assertions about tensors, and inputs for tests. */
public final class Tensors {
  private Tensors() {}

  /** Shapes and types equal, and |actual - expected| at most tolerance (1 + |expected|) each. */
  public static void assertClose(String what, Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.describe()).as(what).isEqualTo(expected.describe());
    if (!actual.allClose(expected, tolerance, tolerance)) {
      try (Scope s = Scope.open()) {
        Tensor apart = actual.detach().to(DType.FLOAT64).sub(expected.to(DType.FLOAT64)).abs();
        throw new AssertionError(
            what + ": up to " + apart.amax().item() + " apart, more than " + tolerance);
      }
    }
  }

  /** Shapes, types and bits equal. */
  public static void assertSame(String what, Tensor actual, Tensor expected) {
    assertThat(actual.describe()).as(what).isEqualTo(expected.describe());
    assertThat(actual.toBytes()).as(what).isEqualTo(expected.toBytes());
  }
}
