package dev.proteus.methods.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.methods.domain.ProxyADistance.Side;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

@Exact("dann")
class ProxyADistanceTest {
  private static Tensor normal(long seed, long... shape) {
    return Generator.seeded(seed).normal(0, 1, shape);
  }

  @Test
  void separableDomainsAreTwoApart() {
    Tensor x = normal(1, 40, 5);
    assertThat(ProxyADistance.of(x, x.add(20))).isEqualTo(2);
  }

  @Test
  void equalDistributionsAreNearZero() {
    assertThat(ProxyADistance.of(normal(1, 2000, 3), normal(2, 2000, 3))).isBetween(0.0, 0.15);
  }

  /** The weights are zero, or small in a direction that means nothing: half of all is wrong. */
  @Test
  void aDomainIsNoDistanceFromItself() {
    Tensor x = normal(1, 40, 5);
    assertThat(ProxyADistance.of(x, x)).isZero();
  }

  /** 12 features turned into 100: solved in the span of the samples, with the same answer. */
  @Test
  void moreFeaturesThanSamplesAreNoOtherProblem() {
    Tensor source = normal(1, 30, 12);
    Tensor target = normal(2, 30, 12).add(0.5);
    Tensor rotation = normal(3, 100, 12).qr().q().t();
    assertThat(ProxyADistance.of(source.matmul(rotation), target.matmul(rotation)))
        .isEqualTo(ProxyADistance.of(source, target))
        .isBetween(0.1, 1.9);
  }

  @Property(tries = 25)
  void isFromZeroToTwo(
      @ForAll @IntRange(min = 2, max = 30) int n,
      @ForAll @IntRange(min = 2, max = 30) int m,
      @ForAll @IntRange(min = 1, max = 40) int features,
      @ForAll @DoubleRange(min = -3, max = 3) double shift) {
    assertThat(ProxyADistance.of(normal(n, n, features), normal(m, m, features).add(shift)))
        .isBetween(0.0, 2.0);
  }

  /** d/dw (|w|^2 / 2 + C sum max(0, 1 - t w x)^2) = w - 2 C sum max(0, 1 - t w x) t x = 0. */
  @Test
  void theMachineIsAtItsOptimum() {
    Tensor x = normal(1, 50, 6).to(DType.FLOAT64);
    Tensor t = normal(2, 50).to(DType.FLOAT64).sign();
    for (double c : new double[] {1e-5, 1e-2, 1, 1e4}) {
      Tensor w = LinearSvm.train(x, t, c);
      Tensor slack = x.matmul(w).mul(t).rsub(1).relu();
      Tensor gradient = w.sub(x.t().matmul(slack.mul(t)).mul(2 * c));
      assertThat(gradient.abs().amax().item() / (1 + c)).as("C = " + c).isLessThan(1e-9);
    }
  }

  @Test
  void theProbeSeesItsSlotAndForgetsWhatItHasRead() {
    Sequential net =
        new Sequential().add("features", Activation.tanh()).add("head", new Linear(5, 2));
    Tensor source = normal(1, 30, 5);
    Tensor target = normal(2, 30, 5).add(0.5);
    try (Probe.Watch watch = new ProxyADistance().watch(net)) {
      net.forward(normal(3, 30, 5)); // of no side: not counted
      ProxyADistance.SIDE.with(Side.SOURCE, () -> net.forward(source.narrow(0, 0, 10)));
      ProxyADistance.SIDE.with(Side.TARGET, () -> net.forward(target));
      ProxyADistance.SIDE.with(Side.SOURCE, () -> net.forward(source.narrow(0, 10, 20)));
      assertThat(watch.read())
          .containsOnlyKeys("features")
          .containsEntry("features", ProxyADistance.of(source.tanh(), target.tanh()));
      assertThatThrownBy(watch::read).hasMessageContaining("no sample of the SOURCE");
    }
  }
}
