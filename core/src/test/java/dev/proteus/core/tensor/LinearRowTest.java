package dev.proteus.core.tensor;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A single row takes another way through the engine where no gradients are recorded. */
class LinearRowTest {
  private final Tensor weight = Generator.seeded(1).normal(0, 1, 3, 5).to(DType.FLOAT64);
  private final Tensor bias = Generator.seeded(2).normal(0, 1, 3).to(DType.FLOAT64);

  @Test
  void givesWhatManyRowsGive() {
    Tensor x = Generator.seeded(3).normal(0, 1, 4, 5).to(DType.FLOAT64);
    for (Tensor w : new Tensor[] {weight, weight.t().contiguous().t()}) {
      for (Tensor b : new Tensor[] {bias, null}) {
        Tensor many = F.linear(x, w, b);
        Tensor one = Autograd.noGrad(() -> F.linear(x.narrow(0, 2, 1), w, b));
        assertClose("[1, 5]", one, many.narrow(0, 2, 1), 1e-14);
        Tensor flat = Autograd.noGrad(() -> F.linear(x.get(2), w, b));
        assertClose("[5]", flat, many.get(2), 1e-14);
        Tensor cut = x.t().contiguous().t().narrow(0, 1, 1).unsqueeze(0);
        Tensor strided = Autograd.noGrad(() -> F.linear(cut, w, b));
        assertClose("[1, 1, 5]", strided, many.narrow(0, 1, 1).unsqueeze(0), 1e-14);
      }
    }
  }

  @Test
  void refusesWhatLinearRefuses() {
    assertThatThrownBy(() -> Autograd.noGrad(() -> F.linear(Tensor.ones(1, 5), weight, bias)))
        .isInstanceOf(TensorException.class)
        .hasMessageStartingWith("linear(");
    assertThat(Autograd.noGrad(() -> F.linear(weight.narrow(0, 0, 0), weight, bias)).shape())
        .containsExactly(0, 3);
  }
}
