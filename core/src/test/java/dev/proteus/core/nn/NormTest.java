package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class NormTest {
  private final Tensor x = Generator.seeded(1).normal(3, 2, 8, 4, 5, 5).to(DType.FLOAT64);

  @Test
  void batchNormInFloat64IsItsFormula() {
    BatchNorm2d bn = new BatchNorm2d(4);
    bn.to(DType.FLOAT64);
    int[] dims = {0, 2, 3};
    Tensor mean = x.mean(dims, true);
    Tensor var = x.var(dims, 0, true);
    Tensor expected = x.sub(mean).div(var.add(bn.eps()).sqrt());
    assertClose("training", bn.forward(x).detach(), expected, 1e-12);
    Tensor unbiased = x.var(dims, 1, false);
    assertClose("var", bn.runningVar().value(), unbiased.mul(0.1).add(0.9), 1e-12);
    assertThat(bn.buffers().get("num_batches_tracked").value().itemLong()).isEqualTo(1);
    assertThat(bn.features()).isEqualTo(4);
    assertThat(bn.weight().value().shape()).containsExactly(4);
  }

  @Test
  void withoutMomentumTheStatisticsAreTheAverageOfAllBatches() {
    BatchNorm2d bn = new BatchNorm2d(4, 1e-5, null, true, true);
    bn.to(DType.FLOAT64);
    Tensor sum = Tensor.zeros(DType.FLOAT64, 4);
    for (int i = 0; i < 3; i++) {
      try (Scope s = Scope.open()) {
        Tensor batch = x.add(i);
        bn.forward(batch);
        sum.add_(batch.mean(0, 2, 3));
      }
    }
    assertClose("mean", bn.runningMean().value(), sum.div(3), 1e-12);
  }

  @Test
  void oneValueAChannelHasNoVarianceToTrainWith() {
    BatchNorm1d bn = new BatchNorm1d(4);
    assertThatThrownBy(() -> bn.forward(Tensor.ones(1, 4)))
        .hasMessageContaining("expected more than one value a channel");
    bn.eval();
    assertThat(bn.forward(Tensor.ones(1, 4)).shape()).containsExactly(1, 4);
    assertThatThrownBy(() -> new InstanceNorm1d(4).forward(Tensor.ones(3, 4, 1)))
        .hasMessageContaining("expected more than one value a channel and sample");
  }

  @Test
  void substituteBuffersAreTheOnesThatTrainingUpdates() {
    BatchNorm2d bn = new BatchNorm2d(4);
    bn.to(DType.FLOAT64);
    Tensor mine = Tensor.zeros(DType.FLOAT64, 4);
    bn.using(java.util.Map.of("running_mean", mine), () -> bn.forward(x));
    assertThat(bn.runningMean().value().abs().amax().item()).isZero();
    assertClose("mean", mine, x.mean(0, 2, 3).mul(0.1), 1e-12);
  }

  @Test
  void groupNormOfOneGroupIsLayerNormAndOfAllIsInstanceNorm() {
    Layer layer = new LayerNorm(new long[] {4, 5, 5}, 1e-5, false, false);
    assertClose("one group", new GroupNorm(1, 4, 1e-5, false).forward(x), layer.forward(x), 1e-12);
    assertClose(
        "all groups",
        new GroupNorm(4, 4, 1e-5, false).forward(x),
        new InstanceNorm2d(4).forward(x),
        1e-12);
  }
}
