package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AutogradTest {
  private static Tensor leaf(double... values) {
    return Tensor.of(values, values.length).requiresGrad(true);
  }

  private static Tensor gradient(Tensor y, Tensor x) {
    return Autograd.grad(y.sum(), List.of(x)).get(0);
  }

  // ---- taking gradients ----

  @Test
  void gradientsOfFirstAndSecondOrder() {
    Tensor x = leaf(2, -3);
    Tensor y = x.pow(3).sum();
    Tensor first = Autograd.grad(List.of(y), List.of(x), null, true, false).get(0);
    assertThat(first.toDoubles()).containsExactly(12, 27); // 3 x^2
    assertThat(gradient(first, x).toDoubles()).containsExactly(12, -18); // 6 x
  }

  @Test
  void mixedSecondDerivatives() {
    Tensor x = leaf(2);
    Tensor y = leaf(5);
    Tensor f = x.square().mul(y); // f_x = 2xy, f_xx = 2y, f_xy = 2x
    Tensor fx = Autograd.grad(List.of(f), List.of(x), null, true, false).get(0);
    List<Tensor> second = Autograd.grad(fx, List.of(x, y));
    assertThat(fx.item()).isEqualTo(20);
    assertThat(second.get(0).item()).isEqualTo(10);
    assertThat(second.get(1).item()).isEqualTo(4);
  }

  @Test
  void aPenaltyOnTheGradientTrainsThroughIt() {
    // d/dw (d/dx (w x^2))^2 = d/dw (2 w x)^2 = 8 w x^2
    Tensor w = leaf(3);
    Tensor x = leaf(0.5);
    Tensor g = Autograd.grad(List.of(w.mul(x.square())), List.of(x), null, true, false).get(0);
    g.square().backward();
    assertThat(w.grad().item()).isEqualTo(6);
  }

  @Test
  void seedsWeighTheOutputs() {
    Tensor x = leaf(1, 2);
    Tensor seed = Tensor.of(new double[] {10, 100}, 2);
    Tensor g = Autograd.grad(List.of(x.square()), List.of(x), List.of(seed), false, false).get(0);
    assertThat(g.toDoubles()).containsExactly(20, 400);
    x.square().backward(seed);
    x.square().backward(seed);
    assertThat(x.grad().toDoubles()).containsExactly(40, 800);
    x.grad(Tensor.of(new double[] {7, 7}, 2));
    assertThat(x.grad().toDoubles()).containsExactly(7, 7);
    x.grad(null);
    assertThat(x.grad()).isNull();
  }

  @Test
  void anInputThatNothingDependsOn() {
    Tensor x = leaf(1);
    Tensor other = leaf(1);
    List<Tensor> g = Autograd.grad(List.of(x.mul(2)), List.of(x, other), null, false, true);
    assertThat(g.get(0).item()).isEqualTo(2);
    assertThat(g.get(1)).isNull();
    assertThatThrownBy(() -> Autograd.grad(x.mul(2), List.of(other)))
        .isInstanceOf(TensorException.class)
        .hasMessageStartingWith("grad([1] float64): ");
    assertThatThrownBy(() -> Tensor.ones(2).sum().backward())
        .hasMessageStartingWith("backward([] float32): ");
  }

  @Test
  void detachedTensorsPassNothingOn() {
    Tensor x = leaf(3);
    assertThat(gradient(x.mul(x.detach()), x).item()).isEqualTo(3);
    assertThat(x.detach().requiresGrad()).isFalse();
    assertThat(x.mul(2).requiresGrad()).isTrue();
  }

  // ---- other backward rules ----

  @Test
  void aSurrogateHasTheExactForwardValue() {
    // sizes from 1e-8 to 1e8: adding and taking away a large surrogate must not touch the value
    Tensor x = Generator.seeded(1).normal(0, 1, 10_000).requiresGrad(true);
    Tensor scale = Tensor.vector(10).pow(Generator.seeded(2).uniform(-8, 8, 10_000));
    Tensor y = x.sign().mul(0.1);
    Tensor surrogate = x.mul(scale);
    Tensor out = Autograd.surrogate(y, surrogate);
    assertThat(out.equal(y)).isTrue();
    assertThat(gradient(out, x).equal(scale)).isTrue();
  }

  @Test
  void straightThroughPassesTheGradientAsItComes() {
    Tensor x = leaf(0.2, 0.7, -1.4);
    Tensor y = Autograd.straightThrough(x.round(), x);
    assertThat(y.toDoubles()).containsExactly(0, 1, -1);
    assertThat(gradient(y.mul(5), x).toDoubles()).containsExactly(5, 5, 5);
  }

  @Test
  void reversingKeepsTheValueAndTurnsTheGradient() {
    Tensor x = Generator.seeded(1).normal(0, 1e6, 1000).requiresGrad(true);
    Tensor y = Autograd.reverse(x, 0.25);
    assertThat(y.equal(x.detach())).isTrue();
    assertThat(gradient(y.mul(2), x).equal(Tensor.full(-0.5, 1000))).isTrue();
  }

  @Test
  void aClosedHookSeesNothingMore() {
    Tensor x = leaf(1, 2);
    List<double[]> seen = new ArrayList<>();
    try (GradientHook hook =
        x.onGradient(
            g -> {
              seen.add(g.toDoubles());
              return null;
            })) {
      x.square().sum().backward();
    }
    x.square().sum().backward();
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0)).containsExactly(2, 4);
    assertThat(x.grad().toDoubles()).containsExactly(4, 8);
  }

  // ---- modes ----

  @Test
  void noGradIsNestedAndEndsWithItsBlock() {
    Tensor x = leaf(1);
    try (Autograd.Mode off = Autograd.noGrad()) {
      assertThat(x.mul(2).requiresGrad()).isFalse();
      try (Autograd.Mode on = Autograd.enableGrad()) {
        assertThat(x.mul(2).requiresGrad()).isTrue();
      }
      assertThat(Autograd.isEnabled()).isFalse();
    }
    assertThat(Autograd.isEnabled()).isTrue();
    assertThatThrownBy(
            () ->
                Autograd.noGrad(
                    () -> {
                      throw new IllegalStateException("mine");
                    }))
        .hasMessage("mine");
    assertThat(Autograd.isEnabled()).isTrue();
    assertThat(Autograd.<Boolean>noGrad(() -> x.mul(2).requiresGrad())).isFalse();
  }

  @Test
  void noGradIsOfOneThread() {
    Tensor x = leaf(1);
    try (Autograd.Mode off = Autograd.noGrad()) {
      assertThat(CompletableFuture.supplyAsync(() -> x.mul(2).requiresGrad()).join()).isTrue();
    }
    CompletableFuture.runAsync(
            () -> {
              try (Autograd.Mode off = Autograd.noGrad()) {
                assertThat(Autograd.isEnabled()).isFalse();
              }
            })
        .join();
    assertThat(Autograd.isEnabled()).isTrue();
  }

  @Test
  void autocastMultipliesInBfloat16() {
    Generator g = Generator.seeded(1);
    Tensor a = g.normal(0, 1, 8, 16);
    Tensor b = g.normal(0, 1, 16, 4).requiresGrad(true);
    Tensor half;
    try (Autocast on = Autocast.bfloat16(Device.CPU)) {
      half = a.matmul(b);
      assertThat(CompletableFuture.supplyAsync(() -> a.matmul(b).dtype()).join())
          .isEqualTo(DType.FLOAT32);
    }
    assertThat(half.dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(a.matmul(b).dtype()).isEqualTo(DType.FLOAT32);
    Tensor rounded = a.to(DType.BFLOAT16).to(DType.FLOAT32);
    Tensor exact = rounded.matmul(b.to(DType.BFLOAT16).to(DType.FLOAT32));
    assertThat(half.equal(exact.to(DType.BFLOAT16))).isTrue();
    half.to(DType.FLOAT32).sum().backward();
    assertThat(b.grad().dtype()).isEqualTo(DType.FLOAT32);
    assertThat(b.grad().allClose(rounded.sum(0).unsqueeze(1).expand(16, 4), 0, 0.1)).isTrue();
  }

  @Test
  void autocastSeesWeightsThatChangeWhileItIsOpen() {
    Tensor x = Tensor.ones(1, 4);
    Tensor w = Tensor.ones(4, 1).requiresGrad(true);
    try (Autocast on = Autocast.bfloat16(Device.CPU)) {
      assertThat(x.matmul(w).item()).isEqualTo(4);
      Autograd.noGrad(() -> w.fill_(2));
      assertThat(x.matmul(w).item()).isEqualTo(8);
    }
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    double[] at = {0.3, -1.2, 0.8};
    double h = 1e-6;
    Tensor x = leaf(at);
    double[] g = gradient(curve(x), x).toDoubles();
    for (int i = 0; i < at.length; i++) {
      double[] up = at.clone();
      double[] down = at.clone();
      up[i] += h;
      down[i] -= h;
      double slope = (curve(leaf(up)).item() - curve(leaf(down)).item()) / (2 * h);
      assertThat(g[i]).isCloseTo(slope, within(1e-8));
    }
  }

  private static Tensor curve(Tensor x) {
    return x.sigmoid().mul(x.sin().add(2)).logSoftmax(0).square().sum().sqrt();
  }
}
