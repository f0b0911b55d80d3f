package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Dropout, alone, of attention weights, and between recurrent layers. */
class DropoutTest {
  /** So rare that no element is dropped: the training path then equals the inference path. */
  private static final double NEVER = 1e-12;

  private final Tensor x = Generator.seeded(1).normal(0, 1, 2, 5, 6);

  private Tensor trained(Layer layer, long seed) {
    try (Generator.Use run = Generator.seeded(seed).use()) {
      return layer.train().forward(x);
    }
  }

  @Test
  void theRunsGeneratorDrawsTheMask() {
    Layer[] layers = {
      new Dropout(0.5),
      new MultiheadAttention(6, 2, 6, 6, true, 0.5),
      new LSTM(6, 3, 2, false, true, 0.5),
      new GRU(6, 3, 2, false, true, 0.5)
    };
    for (Layer layer : layers) {
      assertThat(trained(layer, 1).equal(trained(layer, 1))).as("%s", layer).isTrue();
      assertThat(trained(layer, 1).equal(trained(layer, 2))).as("%s", layer).isFalse();
    }
  }

  @Test
  void keepsTheMeanAndTheScaleOfWhatItKeeps() {
    try (Scope s = Scope.open();
        Generator.Use run = Generator.seeded(1).use()) {
      Tensor y = new Dropout(0.25).forward(Tensor.ones(100_000));
      Tensor dropped = y.eq(0).to(DType.FLOAT32);
      assertThat(dropped.mean().item()).isCloseTo(0.25, within(0.01));
      assertClose("kept", y.amax(), Tensor.scalar(4.0 / 3), 1e-6);
      assertThat(y.mean().item()).isCloseTo(1, within(0.01));
    }
    assertThat(new Dropout(1).forward(x).abs().amax().item()).isZero();
    assertThat(new Dropout(0).forward(x)).isSameAs(x);
    assertThatThrownBy(() -> new Dropout(1.5)).hasMessage("dropout must be in [0, 1], but is 1.5");
  }

  @Test
  void attentionWithDropoutWeighsAsWithout() {
    MultiheadAttention m = new MultiheadAttention(6, 2, 6, 6, true, NEVER);
    Tensor mask = Generator.seeded(2).normal(0, 1, 5, 5);
    Tensor padding = Tensor.of(new int[] {0, 1, 0, 0, 1, 0, 0, 0, 1, 1}, 2, 5).to(DType.BOOL);
    Tensor training = m.attend(x, x, x, mask, padding);
    m.eval();
    assertClose("output", training, m.attend(x, x, x, mask, padding), 1e-6);
  }

  @Test
  void recurrentLayersOneByOneComputeAsTogether() {
    LSTM lstm = new LSTM(6, 3, 3, true, true, NEVER);
    GRU gru = new GRU(6, 3, 3, true, false, NEVER);
    Tensor h = Generator.seeded(3).normal(0, 1, 6, 2, 3);
    Tensor c = Generator.seeded(4).normal(0, 1, 6, 2, 3);
    var training = lstm.run(x, h, c);
    var trainingGru = gru.run(x, h);
    lstm.eval();
    gru.eval();
    var eval = lstm.run(x, h, c);
    assertClose("output", training.output(), eval.output(), 1e-6);
    assertClose("hidden", training.hidden(), eval.hidden(), 1e-6);
    assertClose("cell", training.cell(), eval.cell(), 1e-6);
    assertClose("gru", trainingGru.output(), gru.run(x, h).output(), 1e-6);
    assertClose("gru hidden", trainingGru.hidden(), gru.run(x, h).hidden(), 1e-6);
  }
}
