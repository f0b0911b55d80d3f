package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Digits;
import dev.proteus.core.data.Splits;
import dev.proteus.core.method.Objective;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Tensors;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackpropTest {
  private static final Schedule CONSTANT = new Schedule.Constant();

  private static Sequential mlp() {
    try (Generator.Use use = Generator.seeded(1).use()) {
      return new Sequential()
          .add("flatten", new Flatten())
          .add("fc1", new Linear(64, 24))
          .add("act", Activation.relu())
          .add("fc2", new Linear(24, 10));
    }
  }

  private static Batch batch(int n) {
    Generator g = Generator.seeded(2);
    return new Batch(g.normal(0, 1, n, 1, 8, 8), g.integers(0, 10, n));
  }

  private static Backprop rule(Optimizer optimizer, double clip, int microBatches) {
    return new Backprop(new CrossEntropy(), optimizer, CONSTANT, clip, microBatches, false);
  }

  private static void assertSameState(Layer a, Layer b, double tolerance) {
    Map<String, Tensor> expected = b.state();
    a.state()
        .forEach(
            (path, t) ->
                Tensors.assertClose(path, t.detach(), expected.get(path).detach(), tolerance));
  }

  @Test
  void aStepIsTheWrittenOutOne() {
    Layer net = mlp();
    Layer byHand = net.copy();
    LearningRule.Learner learner = rule(new Sgd(0.5, 0), 0, 1).start(net);
    Batch batch = batch(16);
    double loss = learner.learn(batch, 0);

    Tensor expected = new CrossEntropy().loss(byHand.forward(batch.input()), batch.target());
    assertThat(loss).isEqualTo(expected.item());
    expected.backward();
    try (Autograd.Mode off = Autograd.noGrad()) {
      byHand.parameters().values().forEach(p -> p.value().add_(p.grad(), -0.5));
    }
    assertSameState(net, byHand, 0);
    assertThat(learner.learn(batch, 0)).isLessThan(loss);
  }

  @Test
  void microBatchesAddUpToTheBatch() {
    Layer whole = mlp();
    Layer cut = whole.copy();
    LearningRule.Learner atOnce = rule(new Sgd(0.5, 0.9), 1, 1).start(whole);
    LearningRule.Learner inParts = rule(new Sgd(0.5, 0.9), 1, 3).start(cut);
    for (int n : new int[] {12, 13, 2}) { // parts of 4; of 5, 5, 3; of 1
      assertThat(inParts.learn(batch(n), 0)).isCloseTo(atOnce.learn(batch(n), 0), within(1e-6));
    }
    assertSameState(cut, whole, 1e-5);
  }

  @Test
  void theGradientIsClipped() {
    Layer net = mlp();
    Map<String, Tensor> before = net.snapshot();
    rule(new Sgd(1, 0), 0.01, 1).start(net).learn(batch(16), 0);
    double squares = 0;
    for (Map.Entry<String, Tensor> e : net.state().entrySet()) {
      squares += e.getValue().detach().sub(before.get(e.getKey())).square().sum().item();
    }
    assertThat(Math.sqrt(squares)).isCloseTo(0.01, within(1e-5));
  }

  @Test
  void theScheduleFollowsTheProgressOfTraining() {
    Layer net = mlp();
    Map<String, Tensor> before = net.snapshot();
    Backprop rule =
        new Backprop(new CrossEntropy(), new Sgd(1, 0), new Schedule.Cosine(), 0, 1, false);
    rule.start(net).learn(batch(16), 1);
    assertThat(net.state().get("fc2.weight").equal(before.get("fc2.weight"))).isTrue();
    rule.start(net).learn(batch(16), 0.5);
    assertThat(net.state().get("fc2.weight").equal(before.get("fc2.weight"))).isFalse();
  }

  /** A loss that is NaN for targets above 0, and has an infinite slope at 0. */
  private record Root() implements Objective {
    @Override
    public Tensor loss(Tensor prediction, Tensor target) {
      return prediction.mul(0).sub(target).sqrt().sum();
    }
  }

  @Test
  void aLossThatIsNoNumberChangesNothing() {
    Layer net = mlp();
    Map<String, Tensor> before = net.snapshot();
    LearningRule.Learner learner =
        new Backprop(new Root(), new AdamW(), CONSTANT, 0, 2, false).start(net);
    Tensor x = Tensor.ones(4, 1, 8, 8);
    assertThat(learner.learn(new Batch(x, Tensor.ones(4, 10)), 0)).isNaN();
    before.forEach((path, t) -> assertThat(net.state().get(path).equal(t)).as(path).isTrue());
  }

  @Test
  void aGradientThatIsNoNumberIsRefusedByName() {
    Layer net = mlp();
    Map<String, Tensor> before = net.snapshot();
    LearningRule.Learner learner =
        new Backprop(new Root(), new AdamW(), CONSTANT, 1, 1, false).start(net);
    Tensor x = Tensor.ones(4, 1, 8, 8);
    assertThatThrownBy(() -> learner.learn(new Batch(x, Tensor.zeros(4, 10)), 0))
        .hasMessageContaining("the gradient norm is NaN, because of 'fc1.weight'");
    before.forEach((path, t) -> assertThat(net.state().get(path).equal(t)).as(path).isTrue());
  }

  @Test
  void aRestoredLearnerGoesOnBitForBit() {
    Layer net = mlp();
    LearningRule.Learner learner = new Backprop().start(net);
    learner.learn(batch(16), 0);
    Map<String, Tensor> saved = learner.snapshot();
    Layer copy = net.copy();
    LearningRule.Learner restored = new Backprop().start(copy);
    restored.restore(saved);
    learner.learn(batch(8), 0.5);
    restored.learn(batch(8), 0.5);
    assertSameState(copy, net, 0);
  }

  @Test
  void learnsDigitsAlsoInBfloat16() {
    Splits data = Splits.holdOut(Digits.train(), 0.25, 0);
    for (boolean bfloat16 : new boolean[] {false, true}) {
      Layer net = mlp();
      Backprop rule =
          new Backprop(
              new CrossEntropy(0.05), new AdamW(0.01, 0.01), new Schedule.Cosine(), 1, 1, bfloat16);
      TrainingResult r = Trainer.of(8, 32, 3).run(net, rule, data.train(), data.test());
      assertThat(r.history().get(7).validation().get("accuracy")).isGreaterThan(0.93);
      try (Scope s = Scope.open()) {
        assertThat(rule.start(net).predict(Tensor.ones(2, 1, 8, 8)).dtype())
            .isEqualTo(DType.FLOAT32);
      }
    }
  }
}
