package dev.proteus.methods.tta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.methods.tta.AlphaBnCore.CoreLoss;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

@Exact("alpha-bn-core")
class AlphaBnCoreTest {
  private static final double EXACT = 1e-12;

  private static Tensor normal(long seed, long... shape) {
    return Generator.seeded(seed).normal(0.3, 1.5, shape).to(DType.FLOAT64);
  }

  /** A batch norm with statistics and affine values that are not the initial ones. */
  private static BatchNorm2d trained(int channels) {
    BatchNorm2d bn = new BatchNorm2d(channels);
    bn.to(DType.FLOAT64);
    bn.runningMean().assign(normal(1, channels));
    bn.runningVar().assign(normal(2, channels).square().add(0.1));
    bn.weight().assign(normal(3, channels));
    bn.bias().assign(normal(4, channels));
    return bn;
  }

  private static Layer network() {
    try (Generator.Use use = Generator.seeded(5).use()) {
      Layer net = new ResNet(ResNetConfig.small(1, 10));
      for (int i = 0; i < 3; i++) {
        net.forward(Generator.current().normal(0, 1, 8, 1, 12, 12));
      }
      return net.eval();
    }
  }

  @Test
  void alphaOneIsTheSourceInEvaluationMode() {
    BatchNorm2d bn = trained(3);
    Tensor x = normal(6, 4, 3, 5, 5);
    Tensor mixed = new MixedBatchNorm(bn, 1).forward(x);
    bn.eval();
    assertThat(mixed.allClose(bn.forward(x), 0, EXACT)).isTrue();
  }

  @Test
  void alphaOneDoesNotDependOnTheRestOfTheBatch() {
    MixedBatchNorm mixed = new MixedBatchNorm(trained(3), 1);
    Tensor x = normal(7, 4, 3, 5, 5);
    assertThat(mixed.forward(x).narrow(0, 0, 1).allClose(mixed.forward(x.narrow(0, 0, 1)), 0, 0))
        .isTrue();
  }

  @Test
  void alphaZeroIsTrainingModeWithBiasedVariance() {
    BatchNorm2d bn = trained(3);
    Tensor x = normal(8, 4, 3, 5, 5);
    Tensor mixed = new MixedBatchNorm(bn, 0).forward(x);
    Tensor mean = x.mean(new int[] {0, 2, 3}, true);
    Tensor var = x.sub(mean).square().mean(new int[] {0, 2, 3}, true);
    Tensor expected =
        x.sub(mean)
            .div(var.add(bn.eps()).sqrt())
            .mul(bn.weight().value().view(1, 3, 1, 1))
            .add(bn.bias().value().view(1, 3, 1, 1));
    assertThat(mixed.allClose(expected, 0, EXACT)).isTrue();
    bn.train();
    assertThat(mixed.allClose(bn.forward(x), 0, EXACT)).isTrue();
  }

  @Property(tries = 20)
  void variancesAreMixedAndNotDeviations(
      @ForAll @DoubleRange(min = 0.01, max = 0.99) double alpha,
      @ForAll @IntRange(min = 1, max = 9) int n,
      @ForAll @IntRange(min = 1, max = 6) int side) {
    BatchNorm2d bn = trained(2);
    Tensor x = normal(n * 31L + side, n, 2, side, side);
    Tensor.Moments t = x.varMean(new int[] {0, 2, 3}, 0, true);
    Tensor mean = bn.runningMean().value().view(1, 2, 1, 1).mul(alpha).add(t.mean().mul(1 - alpha));
    Tensor var = bn.runningVar().value().view(1, 2, 1, 1).mul(alpha).add(t.var().mul(1 - alpha));
    Tensor expected =
        x.sub(mean)
            .div(var.add(bn.eps()).sqrt())
            .mul(bn.weight().value().view(1, 2, 1, 1))
            .add(bn.bias().value().view(1, 2, 1, 1));
    MixedBatchNorm mixed = new MixedBatchNorm(bn, alpha);
    assertThat(mixed.forward(x).allClose(expected, 1e-10, 1e-10)).isTrue();
    // The kernel without gradients and the formula with them are one function.
    assertThat(Autograd.noGrad(() -> mixed.forward(x)).allClose(expected, 1e-10, 1e-10)).isTrue();
  }

  @Test
  void theStoredSourceStatisticsNeverChange() {
    Layer net = network();
    Map<String, Tensor> before = net.snapshot();
    try (OnlineAdapter.Session s = new AlphaBnCore().attach(net)) {
      s.predict(Generator.seeded(1).normal(2, 3, 16, 1, 12, 12));
      Map<String, Tensor> now = net.state();
      assertThat(now.get("bn1.source.running_mean").equal(before.get("bn1.running_mean"))).isTrue();
      assertThat(now.get("bn1.source.weight").equal(before.get("bn1.weight"))).isFalse();
      assertThat(now.get("conv1.weight").equal(before.get("conv1.weight"))).isTrue();
    }
    net.snapshot().forEach((path, t) -> assertThat(t.equal(before.get(path))).as(path).isTrue());
    assertThat(net.slot("bn1").get()).isInstanceOf(BatchNorm2d.class);
  }

  @Test
  void plainCoreIsOneMinusTheSquaredNormOfThePredictions() {
    Tensor logits = normal(9, 6, 4);
    Tensor p = logits.softmax(1);
    Tensor r = p.t().matmul(p);
    double offDiagonal = r.sum().item() - r.diagonal().sum().item();
    assertThat(CoreLoss.PLAIN.loss(logits).item()).isCloseTo(offDiagonal / 6, within(EXACT));
  }

  @Test
  void coreOfCertainAndOfUniformPredictions() {
    Tensor certain = Tensor.eye(4).to(DType.FLOAT64).mul(1e4);
    Tensor uniform = Tensor.zeros(DType.FLOAT64, 5, 4);
    assertThat(CoreLoss.PLAIN.loss(certain).item()).isZero();
    assertThat(CoreLoss.PLAIN.loss(uniform).item()).isCloseTo(1 - 1.0 / 4, within(EXACT));
    assertThat(CoreLoss.ROW_NORM.loss(certain).item()).isZero();
    assertThat(CoreLoss.ROW_NORM.loss(uniform).item()).isCloseTo(1 - 1.0 / 4, within(EXACT));
  }

  @Test
  void coreAdaptsAndResetRestoresBitForBit() {
    Layer net = network();
    Tensor x = Generator.seeded(2).normal(1, 2, 32, 1, 12, 12);
    try (OnlineAdapter.Session s = new AlphaBnCore(0.5, CoreLoss.PLAIN, 1e-2).attach(net)) {
      Tensor first = s.predict(x);
      Map<String, Tensor> after = s.snapshot();
      Tensor second = s.predict(x);
      assertThat(second.equal(first)).isFalse();
      assertThat(CoreLoss.PLAIN.loss(second).item()).isLessThan(CoreLoss.PLAIN.loss(first).item());
      s.restore(after);
      assertThat(s.predict(x).equal(second)).isTrue();
      s.reset();
      assertThat(s.predict(x).equal(first)).isTrue();
    }
  }

  @Test
  void badSettingsAreRefusedByName() {
    assertThatThrownBy(() -> new AlphaBnCore(1.5, CoreLoss.NONE, 1))
        .hasMessageContaining("alpha")
        .hasMessageContaining("1.5");
    assertThatThrownBy(() -> new AlphaBnCore(0.5, CoreLoss.NONE, 0)).hasMessageContaining("lr");
  }
}
