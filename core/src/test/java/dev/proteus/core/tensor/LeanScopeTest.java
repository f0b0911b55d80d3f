package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Parts of a forward pass that free what they made on the way. */
class LeanScopeTest {
  /** relu(x + 1) + 1, in a lean part within a lean part. */
  private static final class Nested extends Layer {
    private static final long serialVersionUID = 1L;

    private final Slot<Layer> relu = slot("relu", Activation.relu());

    @Override
    public Tensor forward(Tensor x) {
      return Scope.lean(() -> Scope.lean(() -> relu.call(x.add(1))).add(1));
    }
  }

  @Test
  void freesWhatWasMadeOnTheWayWithoutGradients() {
    List<Tensor> made = new ArrayList<>();
    try (Scope s = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      Tensor y =
          Scope.lean(
              () -> {
                made.add(Tensor.vector(1, -2));
                return made.get(0).mul(2);
              });
      assertThat(made.get(0).isOpen()).isFalse();
      made.add(y);
      assertThat(y.toDoubles()).containsExactly(2, -4);
    }
    assertThat(made.get(1).isOpen()).as("the result, after the scope around").isFalse();
  }

  @Test
  void keepsWhatTheBackwardPassNeeds() {
    try (Scope s = Scope.open()) {
      Tensor x = Tensor.vector(3).requiresGrad(true);
      List<Tensor> made = new ArrayList<>();
      Scope.lean(
              () -> {
                made.add(x.square());
                return made.get(0).sum();
              })
          .backward();
      assertThat(made.get(0).isOpen()).isTrue();
      assertThat(x.grad().item()).isEqualTo(6);
    }
  }

  @Test
  void leavesATensorFromOutsideToItsScope() {
    try (Scope s = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      Tensor x = Tensor.vector(1);
      try (Scope inner = Scope.open()) {
        assertThat(Scope.lean(() -> x)).isSameAs(x);
      }
      assertThat(x.item()).isEqualTo(1);
    }
  }

  @Test
  void observersMayKeepWhatTheySee() {
    Nested net = new Nested();
    List<Tensor> seen = new ArrayList<>();
    try (Slot.Observation o = net.slot("relu").observe((in, out) -> seen.addAll(List.of(in, out)));
        Autograd.Mode off = Autograd.noGrad()) {
      try (Scope s = Scope.open()) {
        assertThat(net.forward(Tensor.vector(-3, 2)).toDoubles()).containsExactly(1, 4);
        assertThat(seen.get(0).toDoubles()).containsExactly(-2, 3);
        assertThat(seen.get(1).toDoubles()).containsExactly(0, 3);
      }
      assertThat(seen).noneMatch(Tensor::isOpen);
    }
  }

  @Test
  void worksWithoutAScopeAround() {
    Nested net = new Nested();
    List<Tensor> seen = new ArrayList<>();
    try (Slot.Observation o = net.slot("relu").observe((in, out) -> seen.add(in));
        Autograd.Mode off = Autograd.noGrad()) {
      assertThat(net.forward(Tensor.vector(1)).item()).isEqualTo(3);
      assertThat(seen.get(0).item()).isEqualTo(2);
    }
  }
}
