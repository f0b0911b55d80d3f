package dev.proteus.methods.fusion;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("lines")
class LinesTest {
  private static final double EXACT = 1e-14;

  /** Four blocks, a stem and a norm with statistics. */
  private static Map<String, Tensor> state(long seed) {
    Generator random = Generator.seeded(seed);
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("stem.weight", random.normal(0, 1, 3, 2));
    for (int l = 3; l >= 0; l--) { // in another order than that of the depth
      state.put("blocks." + l + ".mlp.1.weight", random.normal(0, 1, 2, 2));
      state.put("blocks." + l + ".bias", random.normal(0, 1, 2));
    }
    state.put("norm.weight", random.normal(0, 1, 2));
    state.put("norm.running_mean", random.normal(0, 1, 2));
    state.put("norm.running_var", random.uniform(1, 2, 2));
    state.replaceAll((name, t) -> t.to(DType.FLOAT64));
    state.put("norm.num_batches_tracked", Tensor.of(new long[] {seed}, 1));
    return state;
  }

  private static boolean isTask(String name) {
    return !name.contains("running") && !name.contains("batches");
  }

  private static Lines lines(double alpha, double beta) {
    return new Lines(alpha, beta, "blocks.*");
  }

  @Test
  void alphaOneIsTheTunedNetworkAndZeroTheBase() {
    Map<String, Tensor> base = state(1);
    Map<String, Tensor> tuned = state(2);
    lines(1, 0)
        .fuse(base, List.of(tuned))
        .forEach((name, t) -> assertClose(name, t, (isTask(name) ? tuned : base).get(name), EXACT));
    lines(0, 0)
        .fuse(base, List.of(tuned))
        .forEach((name, t) -> assertSame(name, t, base.get(name)));
  }

  @Test
  void severalWithoutSlopeAreTheirAverage() {
    List<Map<String, Tensor>> tuned = List.of(state(2), state(3), state(4));
    Map<String, Tensor> fused = lines(1, 0).fuse(state(1), tuned);
    fused.forEach(
        (name, t) -> {
          if (isTask(name)) {
            Tensor mean =
                tuned
                    .get(0)
                    .get(name)
                    .add(tuned.get(1).get(name))
                    .add(tuned.get(2).get(name))
                    .div(3);
            assertClose(name, t, mean, EXACT);
          }
        });
  }

  @Test
  void theFactorGrowsFromAlphaInTheFirstBlockByBetaToTheLast() {
    Map<String, Tensor> base = state(1);
    Map<String, Tensor> tuned = state(2);
    Map<String, Double> expected =
        Map.of(
            "stem.weight",
            0.3,
            "norm.weight",
            0.3,
            "blocks.0.bias",
            0.3,
            "blocks.1.mlp.1.weight",
            0.3 + 0.6 / 3,
            "blocks.2.bias",
            0.3 + 2 * 0.6 / 3,
            "blocks.3.mlp.1.weight",
            0.3 + 0.6);
    Map<String, Tensor> fused = lines(0.3, 0.6).fuse(base, List.of(tuned));
    expected.forEach(
        (name, lambda) -> {
          Tensor tau = tuned.get(name).sub(base.get(name));
          assertClose(name, fused.get(name), base.get(name).add(tau, lambda), EXACT);
        });
  }

  @Test
  void isLinearInTheTaskVectors() {
    Map<String, Tensor> base = state(1);
    Map<String, Tensor> together = new LinkedHashMap<>(base);
    together.replaceAll(
        (name, t) -> isTask(name) ? state(2).get(name).add(state(3).get(name)).sub(t) : t);
    Lines lines = lines(0.2, 0.7);
    Map<String, Tensor> sum = lines.fuse(base, List.of(together));
    Map<String, Tensor> first = lines.fuse(base, List.of(state(2)));
    Map<String, Tensor> second = lines.fuse(base, List.of(state(3)));
    sum.forEach(
        (name, t) -> {
          if (isTask(name)) {
            Tensor parts = first.get(name).add(second.get(name)).sub(base.get(name));
            assertClose(name, t, parts, EXACT);
          }
        });
  }

  @Test
  void alphaMakesUpForTheNormThatMergingLost() {
    Map<String, Tensor> base = state(1);
    Map<String, Tensor> tau = new LinkedHashMap<>();
    base.forEach(
        (name, t) -> {
          if (isTask(name)) {
            tau.put(name, state(2).get(name).add(state(3).get(name)).sub(t.mul(2)));
          }
        });
    Map<String, Tensor> half = new LinkedHashMap<>(tau);
    half.replaceAll((name, t) -> t.div(2));
    List<Map<String, Tensor>> tuned = List.of(state(2), state(3));
    Map<String, Tensor> whole = lines(1, 0).fuse(base, tuned);
    lines(1, 0)
        .fuse(base, tuned, half)
        .forEach((name, t) -> assertClose(name, t, whole.get(name), EXACT));
    lines(1, 0.5)
        .fuse(base, List.of(base, base))
        .forEach((name, t) -> assertSame(name, t, base.get(name)));
  }

  @Test
  void statisticsAndIntegersAreTheBases() {
    Map<String, Tensor> fused = lines(0.5, 0.5).fuse(state(1), List.of(state(2)));
    for (String name :
        List.of("norm.running_mean", "norm.running_var", "norm.num_batches_tracked")) {
      assertSame(name, fused.get(name), state(1).get(name));
    }
  }

  @Test
  void depthIsThatOfTheStructureAndNotOfTheName() {
    List<String> names = new ArrayList<>();
    for (int i : new int[] {10, 2, 0, 1, 9, 8, 7, 6, 5, 4, 3}) {
      names.add("blocks." + i + ".mlp.1.weight");
    }
    names.add("blocks.extra.weight");
    names.add("other.blocks.1.weight");
    Map<String, Double> depths = lines(1, 0).depths(names);
    assertThat(depths).hasSize(11);
    assertThat(depths.get("blocks.2.mlp.1.weight")).isCloseTo(0.2, within(EXACT));
    assertThat(depths.get("blocks.10.mlp.1.weight")).isOne();
    assertThat(
            new Lines(1, 0, "layer*.*")
                .depths(List.of("layer2.0.w", "layer1.0.w", "layer1.1.w", "layer2.1.conv.w")))
        .isEqualTo(
            Map.of(
                "layer1.0.w",
                0.0,
                "layer1.1.w",
                1.0 / 3,
                "layer2.0.w",
                2.0 / 3,
                "layer2.1.conv.w",
                1.0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"single", "sum", "elect"})
  @Reference("lines")
  void fusesAsTheAuthorsCode(String name) {
    Fixture f = Fixture.read("lines/" + name);
    JsonNode c = f.config();
    List<Map<String, Tensor>> tuned = new ArrayList<>();
    while (!f.group("tuned." + tuned.size() + ".").isEmpty()) {
      tuned.add(f.group("tuned." + tuned.size() + "."));
    }
    double alpha = name.equals("single") ? c.get("alpha").asDouble() : 1;
    Lines lines =
        new Lines(alpha, c.get("beta").asDouble(), "model.visual.transformer.resblocks.*");
    Map<String, Tensor> fused =
        name.equals("elect")
            ? lines.fuse(f.group("base."), tuned, f.group("merged."))
            : lines.fuse(f.group("base."), tuned);
    Map<String, Tensor> expected = f.group("fused.");
    assertThat(fused.keySet()).isEqualTo(expected.keySet());
    expected.forEach((path, t) -> assertClose(path, fused.get(path), t, 1e-6));
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    assertThatThrownBy(() -> new Lines(-1, 0, "blocks.*")).hasMessageContaining("alpha");
    assertThatThrownBy(() -> new Lines(1, -1, "blocks.*")).hasMessageContaining("beta");
    assertThatThrownBy(() -> new Lines(1, 0, "blocks"))
        .hasMessageContaining("blocks must have a *");
    assertThatThrownBy(() -> new Lines(1, 0, "layer.*").fuse(state(1), List.of(state(2))))
        .hasMessageContaining("'layer.*' finds 0 blocks");
    Map<String, Tensor> fewer = state(2);
    fewer.remove("stem.weight");
    assertThatThrownBy(() -> lines(1, 0).fuse(state(1), List.of(fewer)))
        .hasMessageContaining("stem.weight");
    Map<String, Tensor> other = state(2);
    other.put("stem.weight", Tensor.zeros(DType.FLOAT64, 5));
    assertThatThrownBy(() -> lines(1, 0).fuse(state(1), List.of(other)))
        .hasMessageContaining("'stem.weight' of tuned");
    assertThatThrownBy(() -> lines(1, 0).fuse(state(1), List.of())).hasMessageContaining("none");
  }
}
