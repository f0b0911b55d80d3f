package dev.proteus.methods.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MaxPool2d;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Tensors;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.LearningRule.Learner;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.methods.local.MonoForward.PassOn;
import dev.proteus.methods.local.MonoForward.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Exact("mono-forward")
class MonoForwardTest {
  private static final int CLASSES = 4;
  private static final double RATE = 0.1;

  private static Sequential mlp(int... hidden) {
    try (Generator.Use use = Generator.seeded(1).use()) {
      Sequential net = new Sequential();
      int in = 6;
      for (int i = 1; i <= hidden.length; i++) {
        net.add("fc" + i, new Linear(in, hidden[i - 1])).add("act" + i, Activation.relu());
        in = hidden[i - 1];
      }
      net.add("head", new Linear(in, CLASSES)).to(DType.FLOAT64);
      return net;
    }
  }

  private static Sequential cnn() {
    try (Generator.Use use = Generator.seeded(1).use()) {
      return new Sequential()
          .add("conv1", new Conv2d(1, 3, 3))
          .add("bn1", new BatchNorm2d(3))
          .add("act1", Activation.relu())
          .add("pool1", new MaxPool2d(2))
          .add("conv2", new Conv2d(3, 5, 2))
          .add("act2", Activation.relu())
          .add("flatten", new Flatten())
          .add("head", new Linear(20, CLASSES));
    }
  }

  private static Batch batch(int n) {
    Generator g = Generator.seeded(n);
    return new Batch(g.normal(0, 1, n, 6).to(DType.FLOAT64), g.integers(0, CLASSES, n));
  }

  private static MonoForward sgd(Prediction prediction, PassOn passOn) {
    return new MonoForward(new Sgd(RATE, 0), prediction, passOn);
  }

  /** dL/dM = (p - y)^T a / N, dL/dW = [((p - y) M) o 1(a > 0)]^T x / N. */
  @Test
  void stepsAreThoseOfTheClosedFormGradients() {
    Sequential net = mlp(8, 7);
    Map<String, Tensor> before = net.snapshot();
    Batch batch = batch(5);
    Learner learner = sgd(Prediction.SUM, PassOn.BEFORE_UPDATE).start(net);
    Generator.current().seed(3);
    learner.predict(batch.input()); // draws M_1
    Tensor m1 = learner.snapshot().get("0.readout.weight");
    Tensor m2 = before.get("head.weight");
    learner.learn(batch, 0);

    Tensor x = batch.input();
    for (int i = 1; i <= 2; i++) {
      Tensor m = i == 1 ? m1 : m2;
      Tensor bias = before.get("fc" + i + ".bias");
      Tensor a = x.matmul(before.get("fc" + i + ".weight").t()).add(bias).relu();
      Tensor goodness = a.matmul(m.t());
      if (i == 2) {
        goodness = goodness.add(before.get("head.bias"));
      }
      Tensor error =
          goodness.softmax(1).sub(batch.target().oneHot(CLASSES).to(DType.FLOAT64)).div(5);
      Tensor below = error.matmul(m).mul(a.gt(0).to(DType.FLOAT64));
      assertStep(net, before, "fc" + i + ".weight", below.t().matmul(x));
      assertStep(net, before, "fc" + i + ".bias", below.sum(0));
      Tensor learned =
          i == 1 ? learner.snapshot().get("0.readout.weight") : net.state().get("head.weight");
      Tensor expected = m.sub(error.t().matmul(a).mul(RATE));
      Tensors.assertClose("M_" + i, learned.detach(), expected, 1e-12);
      x = a;
    }
  }

  private static void assertStep(
      Layer net, Map<String, Tensor> before, String path, Tensor gradient) {
    Tensor expected = before.get(path).sub(gradient.mul(RATE));
    Tensors.assertClose(path, net.state().get(path).detach(), expected, 1e-12);
  }

  @Test
  void oneBlockReadOutByTheHeadIsBackpropagation() {
    Layer local = mlp(8);
    Layer global = local.copy();
    Adam adam = new Adam(0.01);
    Learner forward = new MonoForward(adam, Prediction.LAST, PassOn.BEFORE_UPDATE).start(local);
    Learner backprop =
        new Backprop(new CrossEntropy(), adam, new Schedule.Constant(), 0, 1, false).start(global);
    for (int n = 3; n < 13; n++) {
      assertThat(forward.learn(batch(n), 0)).isCloseTo(backprop.learn(batch(n), 0), within(1e-12));
    }
    Map<String, Tensor> expected = global.snapshot();
    local.snapshot().forEach((path, t) -> Tensors.assertClose(path, t, expected.get(path), 1e-12));
    Tensors.assertClose(
        "output", forward.predict(batch(3).input()), local.forward(batch(3).input()), 0);
  }

  @Test
  void aLossReachesItsOwnBlockOnly() {
    Sequential net = mlp(8, 7, 5);
    Batch batch = batch(5);
    List<Slot<Layer>> children = net.children();
    LocalBlock second = new LocalBlock(children.subList(2, 4), new Sgd(RATE, 0), CLASSES, null);
    Tensor a = children.get(1).call(children.get(0).call(batch.input()));
    second.backward(second.forward(a.detach()), batch.target());
    net.parameters()
        .forEach(
            (path, p) -> assertThat(p.grad() != null).as(path).isEqualTo(path.startsWith("fc2")));
  }

  @ParameterizedTest
  @EnumSource
  void noGraphCrossesABlockAndOnlyOneBlocksActivationsLive(PassOn passOn) {
    Sequential net = mlp(8, 8, 8, 8, 8);
    Learner learner = sgd(Prediction.SUM, passOn).start(net);
    List<Tensor> earlier = new ArrayList<>();
    List<Integer> alive = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      String act = "act" + i;
      net.slot("fc" + i)
          .observe(
              (in, out) -> {
                assertThat(in.requiresGrad()).isFalse();
                alive.add((int) earlier.stream().filter(MonoForwardTest::isAlive).count());
                earlier.add(out);
              });
      net.slot(act).observe((in, out) -> earlier.add(out));
    }
    try (Scope step = Scope.open()) {
      learner.learn(batch(5), 0);
    }
    // Neither more nor fewer than at the second block, however deep.
    int passes = passOn == PassOn.BEFORE_UPDATE ? 1 : 2;
    assertThat(alive).hasSize(5 * passes);
    assertThat(alive.subList(passes, 2 * passes)).isEqualTo(alive.subList(4 * passes, 5 * passes));
  }

  private static boolean isAlive(Tensor t) {
    try {
      return t.numel() > 0;
    } catch (IllegalStateException closed) {
      return false;
    }
  }

  @Test
  void theNextBlockLearnsFromWhatIsPassedOn() {
    Batch batch = batch(5);
    for (PassOn passOn : PassOn.values()) {
      Sequential net = mlp(8, 7);
      Map<String, Tensor> before = net.snapshot();
      List<Tensor> inputs = new ArrayList<>();
      net.slot("fc2").observe((in, out) -> inputs.add(in.copy().retain()));
      try (Scope step = Scope.open()) {
        sgd(Prediction.SUM, passOn).start(net).learn(batch, 0);
      }
      Map<String, Tensor> weights = passOn == PassOn.BEFORE_UPDATE ? before : net.snapshot();
      Tensor expected =
          batch.input().matmul(weights.get("fc1.weight").t()).add(weights.get("fc1.bias")).relu();
      Tensors.assertClose(passOn.name(), inputs.get(0), expected, 1e-12);
    }
  }

  @Test
  void theSumPredictsByAllReadOutsAndTheLastByTheNetwork() {
    Sequential net = mlp(8, 7);
    Tensor x = batch(5).input();
    Learner sum = sgd(Prediction.SUM, PassOn.BEFORE_UPDATE).start(net);
    Tensor total = sum.predict(x);
    Tensor first = net.children().get(0).call(x).relu();
    Tensor goodness = first.matmul(sum.snapshot().get("0.readout.weight").t());
    Tensors.assertClose("sum", total.detach(), net.forward(x).add(goodness).detach(), 1e-12);
    Learner last = sgd(Prediction.LAST, PassOn.BEFORE_UPDATE).start(net);
    Tensors.assertSame("last", last.predict(x).detach(), net.forward(x).detach());
    assertThat(last.snapshot()).doesNotContainKey("0.readout.weight");
  }

  @Test
  void blocksBeginAtWeightsAndConvolutionsAreFlattened() {
    Layer net = cnn();
    Learner learner = new MonoForward().start(net);
    Batch batch =
        new Batch(Generator.seeded(2).normal(0, 1, 6, 1, 8, 8), Tensor.of(new long[6], 6));
    double first = learner.learn(batch, 0);
    assertThat(learner.learn(batch, 0)).isLessThan(first);
    Map<String, Tensor> state = learner.snapshot();
    assertThat(state.get("0.readout.weight").shape()).containsExactly(CLASSES, 3 * 3 * 3);
    assertThat(state.get("1.readout.weight").shape()).containsExactly(CLASSES, 5 * 2 * 2);
    assertThat(state).containsKeys("0.bn1.weight/m", "1.conv2.weight/m").doesNotContainKey("2.m");
  }

  @Test
  void aLossThatIsNoNumberChangesNothing() {
    Sequential net = mlp(8, 7);
    Map<String, Tensor> before = net.snapshot();
    Batch bad = new Batch(batch(5).input().mul(Double.NaN), batch(5).target());
    assertThat(new MonoForward().start(net).learn(bad, 0)).isNaN();
    before.forEach((path, t) -> assertThat(net.state().get(path).equal(t)).as(path).isTrue());
  }

  @Test
  void aResumedRunEndsWithTheSameBits(@TempDir Path folder) throws IOException {
    Layer whole = cnn();
    Layer cut = whole.copy();
    Path file = folder.resolve("last.safetensors");
    Trainer trainer = Trainer.of(2, 100, 5);
    trainer.run(whole, new MonoForward(), data(), null);
    Trainer saving = trainer.withCheckpoints(file, 3);
    try {
      saving.run(cut, new MonoForward(), data(), null, new CutOff());
    } catch (IllegalStateException expected) {
      assertThat(expected).hasMessage("cut off");
    }
    saving.resume(cut, new MonoForward(), data(), null);
    Map<String, Tensor> expected = whole.snapshot();
    cut.snapshot().forEach((path, t) -> Tensors.assertSame(path, t, expected.get(path)));
  }

  private static Dataset data() {
    Batch all = Digits.train().get(LongStream.range(0, 500).toArray());
    return new TensorDataset(all.input(), all.target().remainder(CLASSES), CLASSES);
  }

  private static final class CutOff implements TrainingListener {
    @Override
    public void stepped(long step, double loss) {
      if (step == 8) {
        throw new IllegalStateException("cut off");
      }
    }
  }

  @Test
  void anotherKindOfNetworkIsRefused() {
    assertThatThrownBy(() -> new MonoForward().start(new Linear(3, 2)))
        .hasMessageContaining("Sequential of blocks and a last Linear, got Linear(3, 2)");
    assertThatThrownBy(
            () -> new MonoForward().start(new Sequential(new Linear(3, 2), Activation.relu())))
        .hasMessageContaining("a last Linear");
  }
}
