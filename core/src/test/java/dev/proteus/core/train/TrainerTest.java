package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.core.data.Splits;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.ForkedJvm;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final Splits DATA = Splits.holdOut(Digits.train(), 0.25, 0);

  @TempDir Path folder;

  private static Sequential mlp(long seed) {
    try (Generator.Use use = Generator.seeded(seed).use()) {
      return new Sequential()
          .add("flatten", new Flatten())
          .add("fc1", new Linear(64, 24))
          .add("bn", new BatchNorm1d(24))
          .add("act", Activation.relu())
          .add("drop", new Dropout(0.1))
          .add("fc2", new Linear(24, 10));
    }
  }

  private static Backprop backprop(double lr) {
    return new Backprop(new CrossEntropy(), new AdamW(lr, 0.01));
  }

  private static boolean same(Layer a, Layer b) {
    Map<String, Tensor> x = a.state();
    return b.state().entrySet().stream().allMatch(e -> e.getValue().equal(x.get(e.getKey())));
  }

  @Test
  void learnsDigitsAndTellsItsHistory() {
    Layer net = mlp(1);
    List<Long> steps = new ArrayList<>();
    List<EpochResult> epochs = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(long step, double loss) {
            steps.add(step);
          }

          @Override
          public void epochEnded(EpochResult result) {
            epochs.add(result);
          }
        };
    TrainingResult r =
        Trainer.of(8, 32, 3).run(net, backprop(0.01), DATA.train(), DATA.test(), listener);
    long perEpoch = (DATA.train().size() + 31L) / 32;
    assertThat(r.steps()).isEqualTo(8 * perEpoch);
    assertThat(steps).hasSize((int) r.steps()).startsWith(1L).endsWith(r.steps());
    assertThat(epochs).isEqualTo(r.history()).hasSize(8);
    assertThat(r.history().get(7).step()).isEqualTo(r.steps());
    assertThat(r.history().get(7).loss()).isLessThan(r.history().get(0).loss() / 3);
    assertThat(r.history().get(7).validation().get("accuracy")).isGreaterThan(0.9);
    assertThat(r.bestEpoch()).isEqualTo(8);
    assertThat(r.stoppedEarly()).isFalse();
    assertThat(net.isTraining()).isFalse();
    assertThat(Evaluator.evaluate(net, DATA.test(), 50).numbers().get("accuracy"))
        .isEqualTo(r.history().get(7).validation().get("accuracy"));
  }

  @Test
  void theSeedDecidesEverything() {
    List<Layer> nets = List.of(mlp(1), mlp(1), mlp(1));
    long[] seeds = {3, 3, 4};
    for (int i = 0; i < 3; i++) {
      // what others draw in this thread changes nothing
      Generator.current().nextLong();
      Trainer.of(2, 64, seeds[i]).run(nets.get(i), backprop(0.01), DATA.train(), null);
    }
    assertThat(same(nets.get(0), nets.get(1))).isTrue();
    assertThat(same(nets.get(0), nets.get(2))).isFalse();
  }

  @Test
  void readingAheadChangesNothing() {
    Layer a = mlp(1);
    Layer b = mlp(1);
    Trainer.of(2, 64, 3).run(a, backprop(0.01), DATA.train(), null);
    Trainer.of(2, 64, 3).withWorkers(2).run(b, backprop(0.01), DATA.train(), null);
    assertThat(same(a, b)).isTrue();
  }

  @Test
  void stopsEarlyAndPutsTheBestWeightsBack() {
    Layer net = mlp(1);
    // random labels: the validation loss can only rise after a while
    Tensor x = Generator.seeded(1).normal(0, 1, 60, 1, 8, 8);
    Dataset train = new TensorDataset(x, Generator.seeded(2).integers(0, 10, 60), 10);
    Dataset other = new TensorDataset(x, Generator.seeded(3).integers(0, 10, 60), 10);
    TrainingResult r =
        Trainer.of(200, 20, 3).withPatience(3).run(net, backprop(0.02), train, other);
    assertThat(r.stoppedEarly()).isTrue();
    assertThat(r.history()).hasSize(r.bestEpoch() + 3);
    double best = r.history().get(r.bestEpoch() - 1).validation().get("nll");
    assertThat(r.history()).allMatch(e -> e.validation().get("nll") >= best);
    assertThat(Evaluator.evaluate(net, other, 20).negativeLogLikelihood()).isEqualTo(best);
    assertThatThrownBy(
            () -> Trainer.of(2, 20, 3).withPatience(3).run(net, backprop(0.02), train, null))
        .hasMessage("early stopping needs a validation set");
  }

  @Test
  void aRunCutOffByAnExceptionResumesBitForBit() {
    Layer calm = mlp(1);
    Backprop rule = backprop(0.01);
    Trainer trainer = Trainer.of(4, 64, 3).withPatience(1).withEvents(folder.resolve("events"));
    TrainingResult whole = trainer.run(calm, rule, DATA.train(), DATA.test());

    Path file = folder.resolve("state.safetensors");
    Trainer saving = trainer.withCheckpoints(file, 5);
    TrainingListener cut =
        new TrainingListener() {
          @Override
          public void stepped(long step, double loss) {
            if (step == 28) {
              throw new IllegalStateException("cut off");
            }
          }
        };
    assertThatThrownBy(() -> saving.run(mlp(1), rule, DATA.train(), DATA.test(), cut))
        .hasMessage("cut off");
    Layer other = mlp(9);
    TrainingResult resumed = saving.resume(other, rule, DATA.train(), DATA.test());
    assertThat(same(calm, other)).isTrue();
    assertThat(resumed.history()).isEqualTo(whole.history());
    assertThat(resumed.bestEpoch()).isEqualTo(whole.bestEpoch());

    // a finished run only gives its result again
    Layer again = mlp(8);
    assertThat(saving.resume(again, rule, DATA.train(), DATA.test()).history())
        .isEqualTo(whole.history());
    assertThat(same(calm, again)).isTrue();

    Trainer wrong = Trainer.of(4, 32, 3).withPatience(1).withCheckpoints(file, 5);
    assertThatThrownBy(() -> wrong.resume(mlp(1), rule, DATA.train(), DATA.test()))
        .hasMessage("the checkpoint is of another run: there batchSize is 64, here 32");
    Trainer nothing = trainer.withCheckpoints(folder.resolve("none"), 5);
    assertThatThrownBy(() -> nothing.resume(mlp(1), rule, DATA.train(), DATA.test()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot resume from");
    assertThatThrownBy(() -> trainer.resume(mlp(1), rule, DATA.train(), DATA.test()))
        .hasMessageContaining("withCheckpoints");
  }

  // ---- divergence ----

  /** Digits with one bad value in sample 70, in the dataset's numbering. */
  private static Dataset poisoned(double value) {
    Batch all = DATA.train().get(java.util.stream.LongStream.range(0, 200).toArray());
    all.input().get(70).select(1, 4).select(1, 4).fill_(value);
    return new TensorDataset(all.input(), all.target(), 10);
  }

  private static DivergedException diverged(Layer net, LearningRule rule, Dataset data) {
    return catchThrowableOfType(
        DivergedException.class, () -> Trainer.of(3, 20, 3).run(net, rule, data, null));
  }

  @Test
  void aBadInputIsNamedWithStepAndBatch() {
    DivergedException e = diverged(mlp(1), backprop(0.01), poisoned(Double.NaN));
    assertThat(e.where()).isEqualTo("the batch's input");
    assertThat(e.epoch()).isEqualTo(1);
    assertThat(e.step()).isEqualTo(e.batch()).isBetween(1L, 10L);
    assertThat(e)
        .hasMessage(
            "the loss is NaN at step %d (epoch 1, batch %d); first not finite: the batch's input",
            e.step(), e.batch());
  }

  @Test
  void theLayerWhereItFirstAppearedIsNamed() {
    // 1e30 is finite; its product with weights of 1e20 is not
    Sequential net = mlp(1);
    net.parameters().get("fc1.weight").assign(Tensor.full(1e20, 24, 64));
    DivergedException e = diverged(net, backprop(0.01), poisoned(1e30));
    assertThat(e.where()).isEqualTo("the output of 'fc1'");
  }

  @Test
  void aParameterThatWasBadBeforeIsNamed() {
    Sequential net = mlp(1);
    net.parameters().get("fc2.bias").assign(Tensor.full(Double.POSITIVE_INFINITY, 10));
    Tensor before = net.parameters().get("fc1.weight").value().detach().copy();
    DivergedException e = diverged(net, backprop(0.01), DATA.train());
    assertThat(e.where())
        .isEqualTo("the output of 'fc2'; 'fc2.bias' was not finite before this step");
    assertThat(e.step()).isEqualTo(1);
    // the cause can be found because nothing was updated
    assertThat(net.parameters().get("fc1.weight").value().equal(before)).isTrue();
  }

  @Test
  void aLossThatIsBadByItselfIsNamed() {
    Layer net = mlp(1);
    LearningRule broken = n -> new Broken(backprop(0.01).start(n));
    DivergedException e = diverged(net, broken, DATA.train());
    assertThat(e.where()).isEqualTo("the loss itself, the prediction is finite");
  }

  private record Broken(LearningRule.Learner real) implements LearningRule.Learner {
    @Override
    public double learn(Batch batch, double progress) {
      return Double.NEGATIVE_INFINITY;
    }

    @Override
    public Tensor predict(Tensor x) {
      return real.predict(x);
    }

    @Override
    public Map<String, Tensor> snapshot() {
      return real.snapshot();
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      real.restore(snapshot);
    }
  }

  // ---- the rest ----

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    assertThatThrownBy(() -> Trainer.of(0, 32, 1))
        .hasMessage("epochs must be at least 1, but is 0");
    assertThatThrownBy(() -> Trainer.of(1, 32, 1).withCheckpoints(folder, 0))
        .hasMessage("checkpointEvery must be at least 1, but is 0");
  }

  @Test
  void evaluatingGivesEachLayerItsOwnModeBack() {
    Sequential net = mlp(1);
    net.slot("bn").get().eval();
    Evaluator.evaluate(net, DATA.test(), 64);
    assertThat(net.isTraining()).isTrue();
    assertThat(net.slot("bn").get().isTraining()).isFalse();
    assertThat(net.slot("drop").get().isTraining()).isTrue();
  }

  @Test
  @EnabledIf("dev.proteus.core.testing.ForkedJvm#knowsMemory")
  void memoryStaysFlatOver2000Steps() {
    long grown = Long.parseLong(ForkedJvm.run(Steps.class).get(0));
    assertThat(grown).as("bytes grown over 2,000 steps").isLessThan(8L << 20);
  }

  /** Trains with validation and checkpoints; prints by how much memory grew after 400 steps. */
  static final class Steps {
    public static void main(String[] args) throws java.io.IOException {
      Path file = java.nio.file.Files.createTempFile("state", ".safetensors");
      file.toFile().deleteOnExit();
      long[] memory = new long[2];
      TrainingListener listener =
          new TrainingListener() {
            @Override
            public void stepped(long step, double loss) {
              if (step == 400 || step == 2400) {
                memory[step == 400 ? 0 : 1] = ForkedJvm.memory("VmRSS");
              }
            }
          };
      // 34 steps an epoch
      Trainer.of(72, 32, 1)
          .withPatience(72)
          .withCheckpoints(file, 50)
          .run(mlp(1), backprop(0.001), DATA.train(), DATA.test(), listener);
      System.out.println(memory[1] - memory[0]);
    }
  }
}
