package dev.proteus.core.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class GradientReversalTest {
  @Test
  void passesValuesAndTurnsGradients() {
    GradientReversal reverse = new GradientReversal(0.5);
    Tensor x = Tensor.vector(1, -2, 0.1).requiresGrad(true);
    Tensor y = reverse.forward(x);
    assertThat(y.equal(x)).isTrue();
    y.sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(-0.5, -0.5, -0.5);
  }

  @Test
  void anOpenLambdaWins() {
    GradientReversal reverse = new GradientReversal(0.5);
    Tensor x = Tensor.ones(2).requiresGrad(true);
    GradientReversal.LAMBDA.with(2.0, () -> reverse.forward(x)).sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(-2, -2);
    reverse.forward(x).sum().backward();
    assertThat(x.grad().toDoubles()).containsExactly(-2.5, -2.5);
  }
}
