package dev.proteus.methods.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.data.Batch;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Reference;
import dev.proteus.core.testing.Tensors;
import dev.proteus.methods.domain.ShallowDann.Trained;
import dev.proteus.methods.domain.ShallowDann.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShallowDannTest {
  private static final double RATE = 0.1;

  private static Tensor normal(long seed, long... shape) {
    return Generator.seeded(seed).normal(0, 1, shape).to(DType.FLOAT64).retain();
  }

  private static Weights weights() {
    return new Weights(
        normal(1, 5, 3), normal(2, 5), normal(3, 4, 5), normal(4, 4), normal(5, 5), normal(6, 1));
  }

  private static Map<String, Tensor> named(Weights w) {
    Map<String, Tensor> map = new LinkedHashMap<>();
    map.put("w", w.w());
    map.put("b", w.b());
    map.put("v", w.v());
    map.put("c", w.c());
    map.put("u", w.u());
    map.put("d", w.d());
    return map;
  }

  /** Cross entropy plus lambda times that of the domain behind a reversal of strength 1. */
  @Exact("dann")
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.7})
  void theWrittenOutStepIsTheGradientStepThroughAReversal(double lambda) {
    Weights p = weights();
    Map<String, Tensor> leaves = new LinkedHashMap<>();
    named(p).forEach((name, t) -> leaves.put(name, t.copy().requiresGrad(true)));
    Tensor x = normal(7, 3);
    Tensor target = normal(8, 3);
    Tensor both = Tensor.stack(0, x, target);
    Tensor h = both.matmul(leaves.get("w").t()).add(leaves.get("b")).sigmoid();
    Tensor logits = h.narrow(0, 0, 1).matmul(leaves.get("v").t()).add(leaves.get("c"));
    Tensor domain = Autograd.reverse(h, 1).matmul(leaves.get("u")).add(leaves.get("d"));
    // the mean over two samples, so twice that
    Tensor adversary = F.bceWithLogits(domain, Tensor.of(new double[] {1, 0}, 2)).mul(2 * lambda);
    Tensor loss = F.crossEntropy(logits, Tensor.of(new long[] {2}, 1)).add(adversary);
    List<Tensor> gradients =
        Autograd.grad(List.of(loss), List.copyOf(leaves.values()), null, false, true);

    new ShallowDann(5, lambda, RATE, 1).update(p, x, 2, target);
    List<String> names = List.copyOf(leaves.keySet());
    for (int i = 0; i < names.size(); i++) {
      Tensor expected = leaves.get(names.get(i)).detach().sub(gradients.get(i).mul(RATE));
      Tensors.assertClose(names.get(i), named(p).get(names.get(i)), expected, 1e-12);
    }
  }

  @Exact("dann")
  @Test
  void withoutLambdaTheTargetIsNotRead() {
    Weights p = weights();
    Weights same = weights();
    ShallowDann plain = new ShallowDann(5, 0, RATE, 1);
    plain.update(p, normal(7, 3), 1, normal(8, 3));
    plain.update(same, normal(7, 3), 1, null);
    named(p).forEach((name, t) -> Tensors.assertSame(name, t, named(same).get(name)));
    Tensors.assertSame("u", p.u(), weights().u());
  }

  private static Trained run(Fixture fixture, int passes, Batch validation) {
    JsonNode config = fixture.config();
    ShallowDann rule =
        new ShallowDann(
            config.get("hidden").asInt(),
            config.get("lambda").asDouble(),
            config.get("lr").asDouble(),
            passes);
    Weights start = rule.init(2, 2);
    start.w().copy_(fixture.get("start.w"));
    start.v().copy_(fixture.get("start.v"));
    long[] draws = fixture.get("draws").toLongs();
    int[] next = {0};
    LongUnaryOperator draw = bound -> draws[next[0]++];
    Batch source = new Batch(fixture.get("x"), fixture.get("y"));
    return rule.fit(start, source, fixture.get("target"), validation, draw);
  }

  @Reference("dann")
  @ParameterizedTest
  @ValueSource(strings = {"dann", "dann_plain"})
  void weightsAreThoseOfTheAuthorsCode(String name) {
    Fixture fixture = Fixture.read("domain/" + name);
    for (int passes : new int[] {1, 10}) {
      Map<String, Tensor> got = named(run(fixture, passes, null).weights());
      fixture
          .group("at" + passes + ".")
          .forEach((key, t) -> Tensors.assertClose(key, got.get(key), t, 1e-12));
    }
  }

  @Reference("dann")
  @Test
  void stopsEarlyWithTheWeightsOfTheAuthorsCode() {
    Fixture fixture = Fixture.read("domain/dann_validated");
    Batch validation = new Batch(fixture.get("valid_x"), fixture.get("valid_y"));
    Trained trained = run(fixture, fixture.config().get("passes").asInt(), validation);
    assertThat(trained.pass()).isEqualTo(fixture.config().get("pass").asInt());
    assertThat(trained.validationError())
        .isCloseTo(fixture.config().get("risk").asDouble(), within(1e-12));
    Map<String, Tensor> got = named(trained.weights());
    fixture.group("best.").forEach((key, t) -> Tensors.assertClose(key, got.get(key), t, 1e-11));
  }

  @Test
  void learnsFromItsOwnDraws() {
    Generator g = Generator.seeded(3);
    Tensor x = g.normal(0, 1, 60, 2).to(DType.FLOAT64);
    Tensor y = x.select(1, 0).gt(0).to(DType.INT64);
    try (Generator.Use use = g.use()) {
      Trained trained =
          new ShallowDann(8, 0.1, 0.1, 30).fit(new Batch(x, y), x.add(0.3), new Batch(x, y));
      assertThat(trained.validationError()).isLessThan(0.1);
      Tensor source = trained.weights().source(x);
      assertThat(source.shape()).containsExactly(60);
      assertThat(source.gt(0).all().itemBool()).isTrue();
    }
  }

  @Test
  void badSettingsAreRefusedByName() {
    assertThatThrownBy(() -> new ShallowDann(0, 1, 0.1, 1)).hasMessageContaining("hidden");
    assertThatThrownBy(() -> new ShallowDann(3, -1, 0.1, 1)).hasMessageContaining("lambda");
  }
}
