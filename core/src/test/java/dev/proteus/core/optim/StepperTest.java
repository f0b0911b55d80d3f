package dev.proteus.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.ForkedJvm;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StepperTest {
  private static final int CLASSES = 5;
  private static final long[] ONE = {1, 1};

  /** A convolution (channels-last, so that strides matter), a matrix, and one that is not used. */
  private static Map<String, Parameter> network() {
    Generator g = Generator.seeded(3);
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    parameters.put("conv", new Parameter(g.normal(0, 0.3, 4, 3, 3, 3).channelsLast()));
    parameters.put("head", new Parameter(g.normal(0, 0.3, CLASSES, 4)));
    parameters.put("unused", new Parameter(g.normal(0, 1, 2)));
    return parameters;
  }

  private static Tensor loss(Map<String, Parameter> net, Tensor x, Tensor y) {
    Tensor features =
        F.conv2d(x, net.get("conv").value(), null, ONE, ONE, ONE, 1).relu().mean(2, 3);
    return F.crossEntropy(F.linear(features, net.get("head").value(), null), y);
  }

  private static Tensor images(Generator g, int n) {
    return g.normal(0, 1, n, 3, 6, 6);
  }

  private static Tensor labels(Generator g, int n) {
    return g.integers(0, CLASSES, n);
  }

  /** Steps {@code from} up to {@code to} - 1, each on a batch of its own. */
  private static void train(Map<String, Parameter> net, Stepper stepper, int from, int to) {
    for (int i = from; i < to; i++) {
      try (Scope scope = Scope.open()) {
        Generator g = Generator.seeded(i);
        stepper.zeroGrad();
        loss(net, images(g, 8), labels(g, 8)).backward();
        Clip.norm(stepper.parameters(), 0.5);
        stepper.step();
      }
    }
  }

  private static Stepper stepper(Optimizer rule, Map<String, Parameter> net) {
    Map<String, Parameter> conv = new LinkedHashMap<>(net);
    Parameter head = conv.remove("head");
    Stepper stepper =
        new Stepper(List.of(new Group(conv, rule, 0.5), new Group(Map.of("head", head), rule, 1)))
            .schedule(
                new Schedule.Sequence(
                    List.of(Schedule.Linear.warmup(10, 0.1), new Schedule.Cosine(90, 0)),
                    List.of(10.0)));
    stepper.factor(0.7);
    return stepper;
  }

  private static List<Optimizer> rules() {
    return List.of(
        new Sgd(0.1, 0.9, 0, 0.01, true),
        new Adam(0.01, 0.9, 0.99, 1e-8, 0.01, true),
        new AdamW(0.01, 0.1),
        new RmsProp(0.01, 0.9, 1e-8, 0.01, 0.9, true),
        new Adagrad(0.1, 0.05, 0.01, 0.1, 1e-10));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void aResumedRunIsBitEqual(Optimizer rule, @TempDir Path folder) throws Exception {
    Map<String, Parameter> whole = network();
    Stepper uninterrupted = stepper(rule, whole);
    train(whole, uninterrupted, 0, 100);

    Map<String, Parameter> first = network();
    Stepper killed = stepper(rule, first);
    train(first, killed, 0, 50);
    Map<String, Parameter> second = network();
    second.forEach((path, p) -> p.assign(first.get(path).value()));
    Map<String, Tensor> saved = killed.snapshot();
    train(first, killed, 50, 60); // a snapshot is a copy: this must not reach it
    Path file = folder.resolve("state.safetensors");
    Safetensors.write(file, saved, Map.of());

    Stepper resumed = stepper(rule, second);
    resumed.factor(1);
    resumed.restore(Safetensors.read(file).tensors());
    assertThat(resumed.steps()).isEqualTo(50);
    train(second, resumed, 50, 100);
    whole.forEach(
        (path, p) -> assertThat(second.get(path).value().equal(p.value())).as(path).isTrue());
    assertThat(resumed.lr(resumed.groups().get(0)))
        .isEqualTo(uninterrupted.lr(uninterrupted.groups().get(0)));
  }

  @Test
  void aSnapshotOfAnotherNetworkIsRefusedAndNothingChanges() {
    Map<String, Parameter> net = network();
    Stepper stepper = stepper(new AdamW(), net);
    train(net, stepper, 0, 3);
    Map<String, Tensor> other =
        new AdamW().on(Map.of("other", new Parameter(Tensor.ones(2)))).snapshot();
    assertThatThrownBy(() -> stepper.restore(other))
        .hasMessage(
            "the snapshot is of another optimizer: it has the parameters [other] more, and "
                + "[conv, unused, head] less");
    assertThat(stepper.steps()).isEqualTo(3);
    assertThat(stepper.snapshot()).containsKey("conv/m");
  }

  @Test
  void microBatchesAddUpToOneBigBatch() {
    Generator g = Generator.seeded(7);
    Tensor x = images(g, 12);
    Tensor y = labels(g, 12);
    Map<String, Parameter> big = network();
    Stepper atOnce = new Sgd(0.1, 0.9).on(big);
    Map<String, Parameter> small = network();
    Stepper inParts = new Sgd(0.1, 0.9).on(small);
    for (int step = 0; step < 3; step++) {
      atOnce.zeroGrad();
      loss(big, x, y).backward();
      atOnce.step();

      inParts.zeroGrad();
      for (long from = 0; from < 12; from += 4) {
        loss(small, x.narrow(0, from, 4), y.narrow(0, from, 4)).div(3).backward();
      }
      inParts.step();
    }
    big.forEach(
        (path, p) ->
            assertThat(small.get(path).value().allClose(p.value(), 1e-5, 1e-6)).as(path).isTrue());
    assertThat(big.get("head").value().equal(network().get("head").value())).isFalse();
  }

  @Test
  void parametersWithoutGradientStay() {
    Map<String, Parameter> net = network();
    Tensor before = net.get("unused").value().detach().copy();
    Stepper stepper = new AdamW(0.1, 0.5).on(net);
    train(net, stepper, 0, 3);
    assertThat(net.get("unused").value().equal(before)).isTrue();
    assertThat(stepper.snapshot().get("unused/step").itemLong()).isZero();
    assertThat(stepper.snapshot().get("conv/step").itemLong()).isEqualTo(3);
    stepper.zeroGrad();
    assertThat(net.get("conv").grad()).isNull();
  }

  @Test
  void groupsHaveRatesOfTheirOwn() {
    Map<String, Parameter> a = Map.of("a", new Parameter(Tensor.zeros(1)));
    Map<String, Parameter> b = Map.of("b", new Parameter(Tensor.zeros(1)));
    Stepper stepper =
        new Stepper(List.of(new Group(a, new Sgd(1, 0), 1), new Group(b, new Sgd(1, 0), 16)));
    stepper.factor(0.5);
    stepper.parameters().values().forEach(p -> p.value().grad(Tensor.ones(1)));
    stepper.step(0.25);
    assertThat(a.get("a").value().item()).isCloseTo(-0.5, within(1e-7));
    assertThat(b.get("b").value().item()).isCloseTo(-8, within(1e-7));
  }

  @Test
  void aParameterInTwoGroupsIsRefused() {
    Parameter p = new Parameter(Tensor.ones(1));
    Group one = new Group(Map.of("w", p), new Sgd(), 1);
    assertThatThrownBy(() -> new Stepper(List.of(one, one))).hasMessage("'w' is in two groups");
    Group alias = new Group(Map.of("v", p), new Sgd(), 1);
    assertThatThrownBy(() -> new Stepper(List.of(one, alias)))
        .hasMessage("'v' is in two groups, as 'w'");
  }

  @Test
  @EnabledIf("dev.proteus.core.testing.ForkedJvm#knowsMemory")
  void memoryIsFlatOverTwoThousandSteps() {
    long grown = Long.parseLong(ForkedJvm.run(ManySteps.class).get(0));
    // One leaked tensor a step would be 40 MB, one of each parameter 320 MB.
    assertThat(grown).as("bytes grown over 2,000 steps").isLessThan(16L << 20);
  }

  /** Prints by how much memory grew over 2,000 steps, after the first 200. */
  static final class ManySteps {
    public static void main(String[] args) {
      Map<String, Parameter> net = new LinkedHashMap<>();
      for (int i = 0; i < 8; i++) {
        net.put("p" + i, new Parameter(Tensor.ones(5_000)));
      }
      List<Stepper> steppers =
          rules().stream().map(rule -> rule.on(net).schedule(new Schedule.Cosine())).toList();
      long start = 0;
      for (int step = 0; step < 2_200; step++) {
        if (step == 200) {
          start = ForkedJvm.memory("VmRSS");
        }
        try (Scope scope = Scope.open()) {
          Stepper stepper = steppers.get(step % steppers.size());
          stepper.zeroGrad();
          net.values().forEach(p -> p.value().square().sum().backward());
          Clip.norm(net, 1);
          stepper.step();
        }
      }
      System.out.println(ForkedJvm.memory("VmRSS") - start);
    }
  }
}
