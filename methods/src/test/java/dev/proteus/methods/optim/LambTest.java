package dev.proteus.methods.optim;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Reference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("lamb")
final class LambTest {
  private static final double LR = 0.01;

  private final Generator random = Generator.seeded(4);
  private final Tensor start = normal(4, 3);

  private Tensor normal(long... shape) {
    return random.normal(0, 1, shape).to(DType.FLOAT64);
  }

  /** The parameter after some steps with given gradients. */
  private Tensor run(Optimizer rule, Tensor from, List<Tensor> gradients) {
    Parameter p = new Parameter(from.copy());
    Stepper stepper = rule.on(Map.of("p", p));
    for (Tensor g : gradients) {
      p.value().grad(g);
      stepper.step();
    }
    return p.value().detach();
  }

  private List<Tensor> gradients() {
    return List.of(normal(4, 3), normal(4, 3), normal(4, 3), normal(4, 3));
  }

  private static Lamb lamb(double eps, double decay, boolean adapt) {
    return new Lamb(LR, 0.9, 0.999, eps, decay, adapt);
  }

  private static List<Optimizer> rules() {
    return List.of(new Lamb(LR, 0), new Lamb(LR, 0.1), new Lars(LR, 0), new Lars(LR, 0.1));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void everyStepIsTheRatesShareOfTheTensor(Optimizer rule) {
    Parameter p = new Parameter(start.copy());
    Stepper stepper = rule.on(Map.of("p", p));
    for (Tensor g : gradients()) {
      Tensor before = p.value().detach().copy();
      p.value().grad(g);
      stepper.step();
      double moved = p.value().detach().sub(before).norm().item();
      assertThat(moved / before.norm().item()).isCloseTo(LR, within(1e-12));
    }
  }

  @Test
  void scalingTheLossChangesNothing() {
    List<Tensor> g = gradients();
    List<Tensor> scaled = g.stream().map(t -> t.mul(1000)).toList();
    for (Optimizer rule : List.of(lamb(0, 0.1, true), new Lars(LR, 0))) {
      assertClose("x", run(rule, start, scaled), run(rule, start, g), 1e-12);
    }
  }

  @Test
  void withoutAdaptationIsAdamWithTheDecayInItsStep() {
    List<Tensor> g = gradients();
    // AdamW takes the decay of the same x before the step: x - lr decay x - lr r.
    Optimizer adamW = new AdamW(LR, 0.9, 0.999, 1e-6, 0.1, false);
    assertClose("x", run(lamb(1e-6, 0.1, false), start, g), run(adamW, start, g), 1e-12);
  }

  @Test
  void larsWithoutAdaptationIsDampedMomentum() {
    List<Tensor> g = gradients();
    // Sgd's buffer begins with the whole gradient, this one with a tenth of it.
    Optimizer sgd = new Sgd(LR, 0.9, 0.9, 0, false);
    List<Tensor> tenth = List.of(g.get(0).mul(0.1), g.get(1), g.get(2), g.get(3));
    assertClose("x", run(new Lars(LR, 0.9, 0, false), start, g), run(sgd, start, tenth), 1e-12);
  }

  @Test
  void theFirstDirectionIsTheGradientsSign() {
    Tensor g = normal(4, 3);
    Tensor moved = start.sub(run(lamb(0, 0, false), start, List.of(g)));
    assertClose("r", moved.div(LR), g.sign(), 1e-12);
  }

  @Test
  void aTensorOfZerosMovesByItsUpdate() {
    Tensor g = normal(4, 3);
    Tensor zeros = start.zerosLike();
    assertClose("lamb", run(lamb(0, 0, true), zeros, List.of(g)), g.sign().mul(-LR), 1e-12);
    assertClose("lars", run(new Lars(LR, 0), zeros, List.of(g)), g.mul(-0.1 * LR), 1e-12);
  }

  @Test
  void withoutGradientNothingMoves() {
    Tensor g = start.zerosLike();
    assertSame("lamb", run(new Lamb(LR, 0), start, List.of(g)), start);
    assertSame("lars", run(new Lars(LR, 0), start, List.of(g)), start);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lamb", "lamb_decay", "lamb_excluded"})
  @Reference("lamb")
  void fiftyStepsEqualTensorFlowAddons(String name) {
    Fixture f = Fixture.read("optim/" + name);
    JsonNode c = f.config();
    double[] v =
        List.of("learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay").stream()
            .mapToDouble(key -> c.get(key).asDouble())
            .toArray();
    Lamb rule = new Lamb(v[0], v[1], v[2], v[3], v[4], true);
    Lamb excluded = new Lamb(v[0], v[1], v[2], v[3], 0, false);
    Map<String, Parameter> kernels = new LinkedHashMap<>();
    for (String i : List.of("0", "1", "2", "3")) {
      kernels.put(i, new Parameter(f.get("start." + i).copy()));
    }
    Map<String, Parameter> all = Map.copyOf(kernels);
    Map<String, Parameter> bias = Map.of();
    if (c.has("exclude_from_weight_decay")) {
      bias = Map.of("1", kernels.remove("1"));
    }
    Stepper stepper =
        new Stepper(List.of(new Group(kernels, rule, 1), new Group(bias, excluded, 1)));
    for (int step = 1; step <= 50; step++) {
      int t = step - 1;
      all.forEach((i, p) -> p.value().grad(f.get("grad." + i).get(t)));
      stepper.step();
      String at = "at" + step + ".";
      if (!f.group(at).isEmpty()) {
        all.forEach((i, p) -> assertClose(at + i, p.value().detach(), f.get(at + i), 1e-10));
      }
    }
  }

  @Test
  void biasesAndNormsAreNeitherDecayedNorAdapted() {
    Layer net =
        new Sequential(
            new Conv2d(1, 2, 3),
            new BatchNorm2d(2),
            Activation.relu(),
            new LayerNorm(2, 5),
            new Linear(5, 3));
    List<Group> groups = new Lamb(LR, 0.1).groups(net);
    assertThat(groups.get(0).parameters()).containsOnlyKeys("0.weight", "4.weight");
    assertThat(groups.get(0).rule()).isEqualTo(lamb(1e-6, 0.1, true));
    assertThat(groups.get(1).parameters())
        .containsOnlyKeys("0.bias", "1.weight", "1.bias", "3.weight", "3.bias", "4.bias");
    assertThat(groups.get(1).rule()).isEqualTo(lamb(1e-6, 0, false));
    assertThat(new Lamb(LR, 0.1).on(net).parameters()).hasSize(8);
    assertThat(new Lars(LR, 0.1).on(net).groups().get(1).rule())
        .isEqualTo(new Lars(LR, 0.9, 0, false));
  }

  @Test
  void refusesWhatIsOutOfRange() {
    assertThatThrownBy(() -> new Lamb(0, 0)).hasMessageContaining("lr must be positive");
    assertThatThrownBy(() -> new Lamb(LR, 1, 0.9, 0, 0, true)).hasMessageContaining("beta1");
    assertThatThrownBy(() -> new Lars(LR, -1)).hasMessageContaining("weightDecay");
    assertThat(new Lamb().withMomentum(0.5).beta1()).isEqualTo(0.5);
    assertThat(new Lars().withMomentum(0.5).momentum()).isEqualTo(0.5);
  }
}
