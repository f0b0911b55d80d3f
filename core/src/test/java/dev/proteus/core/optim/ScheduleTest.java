package dev.proteus.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.OneCycle.Anneal;
import dev.proteus.core.optim.Schedule.Cosine;
import dev.proteus.core.optim.Schedule.Exponential;
import dev.proteus.core.optim.Schedule.Linear;
import dev.proteus.core.optim.Schedule.MultiStep;
import dev.proteus.core.optim.Schedule.Polynomial;
import dev.proteus.core.optim.Schedule.Sequence;
import dev.proteus.core.optim.Schedule.StepDecay;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arguments are those in the fixture's metadata. */
class ScheduleTest {
  private static final double BASE = 0.1;

  private static Schedule schedule(String name) {
    return switch (name) {
      case "step" -> new StepDecay(30, 0.1);
      case "multistep" -> new MultiStep(List.of(20.0, 50.0, 80.0), 0.3);
      case "exponential" -> new Exponential(0.97);
      case "cosine" -> new Cosine(100, 0.001);
      case "linear" -> Linear.warmup(10, 0.1);
      case "polynomial" -> new Polynomial(80, 2);
      case "sequential" ->
          new Sequence(List.of(Linear.warmup(10, 0.1), new Cosine(90, 0.001)), List.of(10.0));
      case "onecycle" -> OneCycle.ofSteps(100, 0.3);
      case "onecycle_three" -> new OneCycle(99, 24, Anneal.LINEAR, true, 10, 100, true, 0.8, 0.9);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double[] fixture(String key) {
    return Fixture.read("optim/schedules").get(key).toDoubles();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "step",
        "multistep",
        "exponential",
        "cosine",
        "linear",
        "polynomial",
        "sequential",
        "onecycle",
        "onecycle_three"
      })
  void ratesEqualPyTorch(String name) {
    double[] expected = fixture("lr." + name);
    Parameter p = new Parameter(Tensor.zeros(1));
    Stepper stepper = new Sgd(BASE, 0.9).on(Map.of("p", p)).schedule(schedule(name));
    for (int i = 0; i < expected.length; i++) {
      stepper.step();
      // PyTorch multiplies its way from step to step, and rounds as often.
      assertThat(stepper.lr(stepper.groups().get(0)))
          .as("step %d", i)
          .isCloseTo(expected[i], within(1e-12));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onecycle", "onecycle_three"})
  void theMomentumCyclesAsInPyTorch(String name) {
    double[] expected = fixture("momentum." + name);
    Stepper stepper =
        new Sgd(BASE, 0.9).on(Map.of("p", new Parameter(Tensor.zeros(1)))).schedule(schedule(name));
    for (double momentum : expected) {
      stepper.step();
      Sgd now = (Sgd) stepper.rule(stepper.groups().get(0));
      assertThat(now.momentum()).isCloseTo(momentum, within(1e-12));
    }
    assertThat(new Adam().withMomentum(0.5).beta1()).isEqualTo(0.5);
    assertThatThrownBy(
            () ->
                new Adagrad()
                    .on(Map.of("p", new Parameter(Tensor.zeros(1))))
                    .schedule(new OneCycle()))
        .hasMessageContaining("Adagrad has no momentum");
  }

  @Test
  void plateausAreFoundAsInPyTorchAlsoAfterARestore() {
    double[] metric = fixture("metric.plateau");
    double[] expected = fixture("lr.plateau");
    ReduceOnPlateau rule = new ReduceOnPlateau(true, 0.5, 5, 0.02, true, 2, 0.004 / BASE);
    ReduceOnPlateau.Watch watch = rule.watch();
    double factor = 1;
    for (int i = 0; i < metric.length; i++) {
      assertThat(BASE * factor).as("step %d", i).isCloseTo(expected[i], within(1e-12));
      factor = watch.see(metric[i]);
      Map<String, Tensor> saved = watch.snapshot();
      watch = rule.watch();
      watch.restore(saved);
    }
    assertThat(factor).isLessThan(1);
  }

  @Test
  void plateausOfAMetricThatShouldGrow() {
    ReduceOnPlateau.Watch watch = new ReduceOnPlateau(false, 0.5, 1, 0.1, false, 0, 0.2).watch();
    // 0.55 is not 0.1 better than 0.5: the second metric in a row without improvement.
    assertThat(List.of(0.5, 0.5, 0.55, 0.7, 0.1, 0.1, 0.1, 0.1).stream().map(watch::see))
        .containsExactly(1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2);
  }

  @Test
  void withShareOfTrainingAsTimeTheDefaultsSpanIt() {
    assertThat(new Cosine().lr(BASE, 0)).isEqualTo(BASE);
    assertThat(new Cosine().lr(BASE, 0.5)).isCloseTo(BASE / 2, within(1e-15));
    assertThat(new Cosine().lr(BASE, 1)).isCloseTo(0, within(1e-15));
    assertThat(new Sequence().lr(BASE, 0.025)).isCloseTo(BASE / 2, within(1e-15));
    assertThat(new Sequence().lr(BASE, 1)).isCloseTo(0, within(1e-15));
    assertThat(new Linear().lr(BASE, 0.25)).isCloseTo(0.75 * BASE, within(1e-15));
    assertThat(new OneCycle().lr(BASE, 0.3)).isCloseTo(BASE, within(1e-15));
    assertThat(new OneCycle().lr(BASE, 1)).isCloseTo(BASE / 25e4, within(1e-15));
    assertThat(new OneCycle().lr(BASE, 2)).isCloseTo(BASE / 25e4, within(1e-15));
    assertThat(new StepDecay().lr(BASE, 0.5)).isCloseTo(0.01, within(1e-15));
    assertThat(new MultiStep().lr(BASE, 0.5)).isCloseTo(0.01, within(1e-15));
    assertThat(new Polynomial().lr(BASE, 2)).isZero();
    assertThat(new Exponential().lr(BASE, 1)).isCloseTo(0.001, within(1e-15));
    assertThat(new Schedule.Constant().lr(BASE, 7)).isEqualTo(BASE);
  }

  @Test
  void badValuesAreRefusedByName() {
    assertThatThrownBy(() -> new Cosine(0, 0)).hasMessage("length must be positive, but is 0");
    assertThatThrownBy(() -> new MultiStep(List.of(3.0, 2.0), 0.1))
        .hasMessage("milestones must rise, but are [3.0, 2.0]");
    assertThatThrownBy(() -> new Sequence(List.of(new Cosine()), List.of(1.0)))
        .hasMessage("milestones must be one fewer than parts, but are 1 for 1 parts");
    assertThatThrownBy(() -> new OneCycle(10, 11))
        .hasMessage("peak must be from 0 to 10, but is 11");
    assertThatThrownBy(() -> new ReduceOnPlateau(true, 1, 1, 0, true, 0, 0))
        .hasMessage("factor must be 0 or more and below 1, but is 1");
  }
}
