package dev.proteus.methods.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Tensors;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.LearningRule.Learner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@Exact("dann")
class DannTest {
  private static final double RATE = 0.1;
  private static final long NONE = TwoDomains.UNLABELLED;

  private static Sequential net() {
    try (Generator.Use use = Generator.seeded(1).use()) {
      Sequential net =
          new Sequential()
              .add("fc", new Linear(3, 5))
              .add("features", Activation.sigmoid())
              .add("head", new Linear(5, 4));
      net.to(DType.FLOAT64);
      return net;
    }
  }

  private static Dann rule(double lambda, Integer... hidden) {
    return new Dann("features", List.of(hidden), lambda, new Sgd(RATE, 0), new Schedule.Constant());
  }

  private static Batch batch() {
    Tensor x = Generator.seeded(2).normal(0, 1, 6, 3).to(DType.FLOAT64);
    return new Batch(x, Tensor.of(new long[] {0, NONE, 3, 1, NONE, NONE}, 6));
  }

  /** W -= mu (dCE/dW - lambda dBCE/dW), head -= mu dCE/dhead, D -= mu dBCE/dD. */
  @Test
  void theRepresentationDescendsWhereTheDomainClassifierAscends() {
    Sequential net = net();
    double lambda = 0.6;
    double progress = 0.3;
    double lambdaP = lambda * (2 / (1 + Math.exp(-3)) - 1);
    Learner learner = rule(lambda).start(net);
    Batch batch = batch();
    try (Generator.Use use = Generator.seeded(9).use()) {
      learner.learn(batch, progress); // draws D
    }
    Map<String, Tensor> domain = learner.snapshot();
    Tensor u = domain.get("weights.1.weight").requiresGrad(true);
    Tensor c = domain.get("weights.1.bias").requiresGrad(true);
    Map<String, Tensor> before = net.snapshot();
    Layer free = net.copy();
    Tensor h = free.slot("features").get().forward(free.slot("fc").get().forward(batch.input()));
    Tensor bce =
        F.bceWithLogits(
            h.matmul(u.t()).add(c).squeeze(1), Tensor.of(new double[] {0, 1, 0, 0, 1, 1}, 6));
    Tensor known = Tensor.of(new long[] {0, 2, 3}, 3);
    Tensor ce =
        F.crossEntropy(
            free.slot("head").get().forward(h).indexSelect(0, known),
            batch.target().indexSelect(0, known));
    List<String> names = List.copyOf(free.parameters().keySet());
    List<Tensor> leaves = free.parameters().values().stream().map(p -> p.value()).toList();
    List<Tensor> ofLabels = Autograd.grad(List.of(ce), leaves, null, true, true);
    List<Tensor> all = new ArrayList<>(leaves);
    all.add(u);
    List<Tensor> ofDomain = Autograd.grad(List.of(bce), all, null, false, true);

    double loss = learner.learn(batch, progress);
    assertThat(loss).isCloseTo(ce.item() + bce.item(), within(1e-12));
    for (int i = 0; i < names.size(); i++) {
      Tensor gradient = ofLabels.get(i);
      if (ofDomain.get(i) != null) {
        gradient = gradient.sub(ofDomain.get(i).mul(lambdaP));
      }
      Tensor expected = before.get(names.get(i)).sub(gradient.mul(RATE));
      Tensor got = net.state().get(names.get(i)).detach();
      Tensors.assertClose(names.get(i), got, expected, 1e-12);
    }
    Tensors.assertClose(
        "D",
        learner.snapshot().get("weights.1.weight"),
        u.detach().sub(ofDomain.get(names.size()).mul(RATE)),
        1e-12);
  }

  @Test
  void withoutLambdaTheNetworkLearnsFromTheSourceAlone() {
    Sequential adversarial = net();
    Layer plain = adversarial.copy();
    Batch batch = batch();
    Tensor known = Tensor.of(new long[] {0, 2, 3}, 3);
    Batch source =
        new Batch(batch.input().indexSelect(0, known), batch.target().indexSelect(0, known));
    Learner a = rule(0, 7).start(adversarial);
    Learner b =
        new Backprop(new CrossEntropy(), new Sgd(RATE, 0), new Schedule.Constant(), 0, 1, false)
            .start(plain);
    for (int i = 0; i < 3; i++) {
      a.learn(batch, 0.5);
      b.learn(source, 0.5);
    }
    Map<String, Tensor> expected = plain.snapshot();
    adversarial.snapshot().forEach((p, t) -> Tensors.assertClose(p, t, expected.get(p), 1e-12));
  }

  @Test
  void lambdaRisesFromZeroAndTheRateFalls() {
    Dann dann = new Dann();
    assertThat(dann.lambda(0)).isZero();
    assertThat(dann.lambda(1)).isCloseTo(0.99991, within(1e-5));
    assertThat(new Dann.Annealed().lr(0.01, 0)).isEqualTo(0.01);
    assertThat(new Dann.Annealed().lr(0.01, 1)).isCloseTo(0.01 / Math.pow(11, 0.75), within(1e-15));
  }

  @Test
  void batchesOfOneDomainOnlyAreLearnedFrom() {
    Sequential net = net();
    Learner learner = rule(1, 7).start(net);
    Tensor x = batch().input();
    assertThat(learner.learn(new Batch(x, Tensor.full(DType.INT64, NONE, 6)), 0.5)).isFinite();
    assertThat(learner.learn(new Batch(x, Tensor.full(DType.INT64, 2, 6)), 0.5)).isFinite();
  }

  @Test
  void aRestoredLearnerGoesOnBitForBit() {
    Sequential net = net();
    Dann dann = new Dann("features", List.of(7), 1, new Sgd(RATE, 0.9), new Dann.Annealed());
    Learner learner = dann.start(net);
    learner.learn(batch(), 0.2);
    Layer copy = net.copy();
    Learner restored = dann.start(copy);
    restored.restore(learner.snapshot());
    learner.learn(batch(), 0.4);
    restored.learn(batch(), 0.4);
    Map<String, Tensor> expected = net.snapshot();
    copy.snapshot().forEach((path, t) -> Tensors.assertSame(path, t, expected.get(path)));
    Map<String, Tensor> state = learner.snapshot();
    restored.snapshot().forEach((name, t) -> Tensors.assertSame(name, t, state.get(name)));
  }

  @Test
  void twoDomainsRepeatTheSmallerAndHideTheTargetsLabels() {
    TensorDataset source =
        new TensorDataset(
            Tensor.of(new float[] {0, 1, 2}, 3, 1), Tensor.of(new long[] {0, 1, 1}, 3), 2);
    TensorDataset target =
        new TensorDataset(
            Tensor.of(new float[] {10, 11, 12, 13}, 4, 1),
            Tensor.of(new long[] {1, 1, 1, 1}, 4),
            2);
    TwoDomains both = new TwoDomains(source, target);
    assertThat(both.size()).isEqualTo(8);
    Batch all = both.get(new long[] {0, 1, 2, 3, 4, 5, 6, 7});
    assertThat(all.input().toFloats()).containsExactly(0, 1, 2, 0, 10, 11, 12, 13);
    assertThat(all.target().toLongs()).containsExactly(0, 1, 1, 0, NONE, NONE, NONE, NONE);
    assertThat(both.targets().equal(all.target())).isTrue();
    assertThat(both.get(new long[] {7}).target().toLongs()).containsExactly(NONE);
    assertThat(both.get(new long[] {7, 1}).input().toFloats()).containsExactly(1, 13);
    assertThat(new TwoDomains(source, source.subset(new long[] {2})).get(new long[] {3, 5}).input())
        .satisfies(x -> assertThat(x.toFloats()).containsExactly(2, 2));
  }

  @Test
  void badSettingsAreRefusedByName() {
    assertThatThrownBy(() -> rule(-1)).hasMessageContaining("lambda");
    assertThatThrownBy(() -> rule(1, 0)).hasMessageContaining("domainHidden");
    assertThatThrownBy(
            () ->
                new Dann("nowhere", List.of(), 1, new Sgd(), new Schedule.Constant()).start(net()))
        .hasMessageContaining("no slot 'nowhere'");
  }
}
