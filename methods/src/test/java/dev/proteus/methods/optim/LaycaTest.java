package dev.proteus.methods.optim;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Reference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("layer-rotation-layca")
final class LaycaTest {
  private static final double LR = 0.1;

  private final Layer net = net();

  private static Layer net() {
    try (Generator.Use use = Generator.seeded(5).use()) {
      return new Sequential()
          .add("fc1", new Linear(6, 8))
          .add("bn", new BatchNorm1d(8))
          .add("act", Activation.relu())
          .add("fc2", new Linear(8, 5))
          .add("fc3", new Linear(5, 4))
          .to(DType.FLOAT64);
    }
  }

  private static void step(Layer net, Stepper stepper, long seed) {
    try (Scope s = Scope.open()) {
      Tensor x = Generator.seeded(seed).normal(0, 1, 16, 6).to(DType.FLOAT64);
      Tensor y = Generator.seeded(seed).integers(0, 4, 16);
      stepper.zeroGrad();
      F.crossEntropy(net.forward(x), y).backward();
      stepper.step();
    }
  }

  private static List<Optimizer> inner() {
    return List.of(new Sgd(), new Sgd(0.1, 0.9), new Adam(), new Sgd(0.1, 0.9, 0, 0.5, false));
  }

  @ParameterizedTest
  @MethodSource("inner")
  void everyStepRotatesEveryKernelByTheAngleAndKeepsItsNorm(Optimizer inner) {
    Stepper stepper = new Layca(inner, LR).on(net);
    Map<String, Tensor> start = net.snapshot();
    for (int n = 0; n < 10; n++) {
      Map<String, Tensor> before = net.snapshot();
      step(net, stepper, n);
      for (String kernel : List.of("fc1.weight", "fc2.weight", "fc3.weight")) {
        Tensor w = net.parameters().get(kernel).value().detach().flatten();
        Tensor w0 = before.get(kernel).flatten();
        double cosine = w.dot(w0).item() / (w.norm().item() * w0.norm().item());
        assertThat(Math.acos(cosine)).isCloseTo(Math.atan(LR), within(1e-9));
        assertThat(w.norm().item()).isCloseTo(start.get(kernel).norm().item(), within(1e-12));
      }
    }
    for (String other : List.of("fc1.bias", "bn.weight", "bn.bias", "fc2.bias")) {
      assertSame(other, net.parameters().get(other).value().detach(), start.get(other));
    }
  }

  @Test
  void aProposalAlongTheKernelChangesNothing() {
    Tensor w = Generator.seeded(1).normal(0, 1, 4, 3).to(DType.FLOAT64);
    Parameter p = new Parameter(w.copy());
    Stepper stepper = new Layca(new Sgd(), LR).on(Map.of("w", p));
    for (double along : new double[] {1, -1, 1000}) {
      p.value().grad(w.mul(along));
      stepper.step();
      assertClose("w", p.value().detach(), w, 1e-15);
    }
  }

  @Test
  void theScaleOfTheGradientDoesNotMatter() {
    Layer copy = net.copy();
    Tensor g = Generator.seeded(2).normal(0, 1, 8, 6).to(DType.FLOAT64);
    for (Layer n : List.of(net, copy)) {
      Parameter w = n.parameters().get("fc1.weight");
      w.value().grad(g.mul(n == net ? 1 : 1e-3));
      new Layca().on(Map.of("w", w)).step();
    }
    assertClose("w", copy.state().get("fc1.weight"), net.state().get("fc1.weight"), 1e-14);
  }

  @Test
  void profilesTurnEarlyOrLateLayersMore() {
    assertThat(rates(0)).containsExactly(1, 1, 1);
    assertThat(rates(0.5)).containsExactly(Math.pow(0.5, 5), Math.pow(0.5, 2.5), 1);
    assertThat(rates(-0.5)).containsExactly(1, Math.pow(0.5, 2.5), Math.pow(0.5, 5));
  }

  private double[] rates(double alpha) {
    return new Layca(new Sgd(), LR, alpha, false)
        .groups(net).stream().mapToDouble(Group::lrFactor).toArray();
  }

  @Property(tries = 50)
  void theLargestMultiplierIsOne(
      @ForAll @DoubleRange(min = -0.99, max = 0.99) double alpha,
      @ForAll @IntRange(min = 1, max = 30) int count) {
    Layca rule = new Layca(new Sgd(), LR, alpha, false);
    double largest = 0;
    for (int l = 0; l < count; l++) {
      double m = rule.multiplier(l, count);
      assertThat(m).isPositive();
      largest = Math.max(largest, m);
    }
    assertThat(largest).isEqualTo(1);
  }

  @Test
  void theOthersAreTrainedByTheInnerRuleWhereAskedFor() {
    Layca rule = new Layca(new Sgd(0.05, 0), LR, 0, true);
    Group others = rule.groups(net).get(3);
    assertThat(others.rule()).isEqualTo(new Sgd(0.05, 0));
    assertThat(others.parameters())
        .containsOnlyKeys("fc1.bias", "bn.weight", "bn.bias", "fc2.bias", "fc3.bias");
    Tensor before = net.state().get("fc3.bias").detach().copy();
    step(net, rule.on(net), 1);
    Parameter bias = net.parameters().get("fc3.bias");
    assertClose("bias", bias.value().detach(), before.add(bias.grad(), -0.05), 1e-15);
  }

  @ParameterizedTest
  @ValueSource(strings = {"layca_sgd", "layca_momentum"})
  @Reference("layer-rotation-layca")
  void fiftyStepsEqualTheOfficialCode(String name) {
    Fixture f = Fixture.read("optim/" + name);
    double lr = f.config().get("lr").asDouble();
    Map<String, Parameter> kernels = new LinkedHashMap<>();
    for (String i : List.of("0", "2")) { // 1 is a bias, which the official code leaves
      kernels.put(i, new Parameter(f.get("start." + i).copy()));
    }
    assertSame("bias", f.get("at50.1"), f.get("start.1"));
    Stepper stepper = new Layca(new Sgd(lr, f.config().get("momentum").asDouble()), lr).on(kernels);
    for (int step = 1; step <= 50; step++) {
      int t = step - 1;
      kernels.forEach((i, p) -> p.value().grad(f.get("grad." + i).get(t)));
      stepper.step();
      if (step == 1 || step == 10 || step == 50) {
        String at = "at" + step + ".";
        kernels.forEach((i, p) -> assertClose(at + i, p.value().detach(), f.get(at + i), 1e-11));
      }
    }
  }

  @Test
  void rotationIsZeroAtTheStartTwoAfterASignFlipAndOneAcross() {
    try (Probe.Watch watch = new LayerRotation().watch(net)) {
      assertThat(watch.read()).containsOnlyKeys("fc1.weight", "fc2.weight", "fc3.weight");
      watch.read().forEach((path, r) -> assertThat(r).as(path).isCloseTo(0, within(1e-12)));
      Parameter fc1 = net.parameters().get("fc1.weight");
      fc1.assign(fc1.value().detach().mul(-3));
      assertThat(watch.read().get("fc1.weight")).isCloseTo(2, within(1e-12));
      Parameter fc3 = net.parameters().get("fc3.weight");
      Tensor w = fc3.value().detach().copy();
      Tensor g = Generator.seeded(6).normal(0, 1, w.shape()).to(DType.FLOAT64);
      fc3.assign(g.sub(w.mul(g.mul(w).sum().item() / w.square().sum().item())));
      assertThat(watch.read().get("fc3.weight")).isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void rotationAfterOneStepIsThatOfTheAngle() {
    try (Probe.Watch watch = new LayerRotation().watch(net)) {
      step(net, new Layca(new Adam(), LR).on(net), 3);
      double expected = 1 - Math.cos(Math.atan(LR));
      watch.read().forEach((path, r) -> assertThat(r).as(path).isCloseTo(expected, within(1e-10)));
    }
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new Layca(new Sgd(), LR, 1, false))
        .hasMessage("alpha must be between -1 and 1, but is 1.0");
    assertThatThrownBy(() -> new Layca(new Sgd(), 0)).hasMessageContaining("lr must be positive");
    assertThatThrownBy(() -> new LayerRotation().watch(Activation.relu()))
        .hasMessageContaining("has no trainable kernels to watch");
    assertThat(new Layca(new Adam(), LR).withMomentum(0.3).inner())
        .isEqualTo(new Adam().withMomentum(0.3));
  }
}
