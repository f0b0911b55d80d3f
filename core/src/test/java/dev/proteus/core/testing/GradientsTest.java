package dev.proteus.core.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class GradientsTest {
  private final Tensor x = Tensor.vector(0.3, -0.7, 1.2);

  @Test
  void acceptsRightGradients() {
    assertThatCode(() -> Gradients.check(in -> in.get(0).exp().mul(in.get(1).sin()), x, x.add(0.5)))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesWrongAndMissingOnes() {
    assertThatThrownBy(() -> Gradients.check(in -> Autograd.reverse(in.get(0).square(), 1), x))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("gradient of input 0 at element 0");
    assertThatThrownBy(() -> Gradients.check(in -> in.get(0).square(), x, x))
        .hasMessageContaining("no gradient reaches input 1");
  }
}
