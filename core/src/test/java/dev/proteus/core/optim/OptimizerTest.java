package dev.proteus.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The formula of a rule without its fused kernel. */
  private record Formula(Optimizer rule) implements Optimizer {
    @Override
    public double lr() {
      return rule.lr();
    }

    @Override
    public void update(Tensor x, Tensor gradient, State state, double lr) {
      rule.update(x, gradient, state, lr);
    }
  }

  private static List<Optimizer> rules() {
    return List.of(
        new Sgd(0.1, 0),
        new Sgd(0.1, 0.9),
        new Sgd(0.1, 0.9, 0, 0.01, true),
        new Sgd(0.1, 0.9, 0.5, 0.01, false),
        new Adam(0.01),
        new Adam(0.01, 0.9, 0.99, 1e-8, 0.1, true),
        new AdamW(0.01, 0.1),
        new AdamW(0.01, 0.9, 0.99, 1e-8, 0.1, true),
        new RmsProp(),
        new RmsProp(0.01, 0.9, 1e-8, 0.01, 0.9, true),
        new Adagrad(),
        new Adagrad(0.1, 0.05, 0.01, 0.1, 1e-10));
  }

  private static Optimizer rule(String type, JsonNode c) {
    double lr = c.path("lr").asDouble();
    double decay = c.path("weight_decay").asDouble(type.equals("AdamW") ? 0.01 : 0);
    double eps = c.path("eps").asDouble();
    double momentum = c.path("momentum").asDouble();
    double beta1 = c.path("betas").path(0).asDouble();
    double beta2 = c.path("betas").path(1).asDouble();
    boolean amsgrad = c.path("amsgrad").asBoolean();
    return switch (type) {
      case "SGD" ->
          new Sgd(
              lr, momentum, c.path("dampening").asDouble(), decay, c.path("nesterov").asBoolean());
      case "Adam" -> new Adam(lr, beta1, beta2, eps, decay, amsgrad);
      case "AdamW" -> new AdamW(lr, beta1, beta2, eps, decay, amsgrad);
      case "RMSprop" ->
          new RmsProp(
              lr, c.path("alpha").asDouble(), eps, decay, momentum, c.path("centered").asBoolean());
      case "Adagrad" ->
          new Adagrad(
              lr,
              c.path("lr_decay").asDouble(),
              decay,
              c.path("initial_accumulator_value").asDouble(),
              eps);
      default -> throw new IllegalArgumentException(type);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd",
        "sgd_momentum",
        "sgd_nesterov_wd",
        "sgd_dampening",
        "adam",
        "adam_wd",
        "adam_amsgrad",
        "adamw",
        "adamw_amsgrad",
        "rmsprop",
        "rmsprop_centered_momentum",
        "adagrad",
        "adagrad_decay",
        "groups_adamw"
      })
  void hundredStepsEqualPyTorch(String name) throws Exception {
    for (boolean fused : new boolean[] {true, false}) {
      equalsPyTorch(name, fused, 1e-6);
      equalsPyTorch(name + "_f64", fused, 1e-12);
    }
  }

  private static void equalsPyTorch(String name, boolean fused, double tolerance) throws Exception {
    Fixture f = Fixture.read("optim/" + name);
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      parameters.add(new Parameter(f.get("start." + i).copy()));
    }
    Stepper stepper = new Stepper(groups(f, name.startsWith("groups"), parameters, fused));
    for (int step = 1; step <= 100; step++) {
      for (int i = 0; i < 3; i++) {
        parameters.get(i).value().grad(f.get("grad." + i).get(step - 1));
      }
      stepper.step();
      if (step == 1 || step == 10 || step == 100) {
        for (int i = 0; i < 3; i++) {
          String at = "at" + step + "." + i;
          Tensors.assertClose(at, parameters.get(i).value().detach(), f.get(at), tolerance);
        }
      }
    }
  }

  private static List<Group> groups(
      Fixture f, boolean several, List<Parameter> parameters, boolean fused) throws Exception {
    JsonNode config = f.config();
    String given = several ? f.metadata("groups") : "[{\"params\": [0, 1, 2]}]";
    List<Group> groups = new ArrayList<>();
    for (JsonNode group : JSON.readTree(given)) {
      Map<String, Parameter> members = new LinkedHashMap<>();
      group.get("params").forEach(i -> members.put("p" + i, parameters.get(i.asInt())));
      JsonNode merged = JSON.readerForUpdating(config.deepCopy()).readValue(group);
      Optimizer rule = rule(f.type(), merged);
      groups.add(new Group(members, fused ? rule : new Formula(rule), 1));
    }
    return groups;
  }

  @ParameterizedTest
  @MethodSource("rules")
  void fusedKernelsEqualTheFormula(Optimizer rule) {
    try (Scope s = Scope.open()) {
      // The kernels fuse a multiplication with an addition, which rounds once instead of twice.
      assertClose(rule, DType.FLOAT32, 100, 2e-7);
      assertClose(rule, DType.FLOAT64, 100, 1e-15);
      assertClose(rule, DType.BFLOAT16, 100, 0);
    }
  }

  private static void assertClose(Optimizer rule, DType type, int steps, double tolerance) {
    Tensor byKernel = run(rule, type, steps, false);
    Tensor byFormula = run(new Formula(rule), type, steps, false);
    Tensors.assertClose(rule.toString(), byKernel, byFormula, tolerance);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void parametersInAnotherLayoutMoveAlike(Optimizer rule) {
    try (Scope s = Scope.open()) {
      assertThat(
              run(rule, DType.FLOAT64, 100, true)
                  .allClose(run(rule, DType.FLOAT64, 100, false), 0, 1e-13))
          .isTrue();
    }
  }

  /** A parameter after some steps with gradients that depend on it. */
  private static Tensor run(Optimizer rule, DType type, int steps, boolean channelsLast) {
    Generator g = Generator.seeded(5);
    Tensor start = g.normal(0, 1, 4, 3, 5, 7).to(type);
    Parameter p = new Parameter(channelsLast ? start.channelsLast() : start);
    Tensor target = g.normal(0, 1, 4, 3, 5, 7).to(type);
    Stepper stepper = rule.on(Map.of("p", p));
    for (int i = 0; i < steps; i++) {
      p.value().grad(p.value().detach().sub(target).contiguous());
      stepper.step();
    }
    return p.value().detach();
  }

  @Property(tries = 60)
  void anyRateAndShapeKeepsTypeAndShapeAndStaysFinite(
      @ForAll @DoubleRange(min = 1e-9, max = 1e3) @Scale(9) double lr,
      @ForAll @Size(max = 4) List<@IntRange(max = 4) Integer> dims,
      @ForAll long seed) {
    long[] shape = dims.stream().mapToLong(i -> i).toArray();
    for (Optimizer rule :
        List.of(
            new Sgd(lr, 0.9),
            new Adam(lr),
            new AdamW(lr, 0.01),
            new RmsProp(lr, 0.99, 1e-8, 0, 0.9, true),
            new Adagrad(lr, 0, 0, 0, 1e-10))) {
      for (DType type : new DType[] {DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16}) {
        try (Scope s = Scope.open()) {
          Generator g = Generator.seeded(seed);
          Parameter p = new Parameter(g.normal(0, 1, shape).to(type));
          Stepper stepper = rule.on(Map.of("p", p));
          for (int i = 0; i < 3; i++) {
            p.value().grad(g.normal(0, 1, shape).to(type));
            stepper.step();
          }
          assertThat(p.value().shape()).containsExactly(shape);
          assertThat(p.value().dtype()).isEqualTo(type);
          assertThat(p.value().isFinite()).isTrue();
        }
      }
    }
  }

  @Test
  void bfloat16ParametersMove() {
    for (Optimizer rule : rules()) {
      try (Scope s = Scope.open()) {
        Tensor wide = run(rule, DType.FLOAT32, 3, false);
        Tensor narrow = run(rule, DType.BFLOAT16, 3, false).to(DType.FLOAT32);
        assertThat(narrow.allClose(wide, 0.02, 0.02)).as("%s", rule).isTrue();
      }
    }
  }

  @Test
  void defaultsArePyTorchs() {
    assertThat(new Sgd()).isEqualTo(new Sgd(0.001, 0, 0, 0, false));
    assertThat(new Adam()).isEqualTo(new Adam(0.001, 0.9, 0.999, 1e-8, 0, false));
    assertThat(new AdamW()).isEqualTo(new AdamW(0.001, 0.9, 0.999, 1e-8, 0.01, false));
    assertThat(new RmsProp()).isEqualTo(new RmsProp(0.01, 0.99, 1e-8, 0, 0, false));
    assertThat(new Adagrad()).isEqualTo(new Adagrad(0.01, 0, 0, 0, 1e-10));
  }

  @Test
  void badValuesAreRefusedByName() {
    assertThatThrownBy(() -> new Adam(-1)).hasMessage("lr must be positive, but is -1");
    assertThatThrownBy(() -> new Adam(Double.NaN)).hasMessage("lr must be positive, but is NaN");
    assertThatThrownBy(() -> new AdamW(0.1, 0.9, 1.5, 1e-8, 0, false))
        .hasMessage("beta2 must be 0 or more and below 1, but is 1.5");
    assertThatThrownBy(() -> new Sgd(0.1, 0, 0, 0, true))
        .hasMessage(
            "nesterov needs a momentum and no dampening, but momentum is 0.0 and dampening 0.0");
    assertThatThrownBy(() -> new Adagrad(0.1, -0.5, 0, 0, 0))
        .hasMessage("lrDecay must be 0 or more, but is -0.5");
    assertThatThrownBy(() -> new Adagrad().withMomentum(0.9))
        .hasMessage("Adagrad has no momentum that a schedule could cycle");
  }
}
