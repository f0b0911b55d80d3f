package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InitTest {
  static List<String> fixtures() {
    return Fixture.names("init");
  }

  /**
   * What follows after the draws in another maths library than PyTorch's wheels use (they have MKL;
   * our engine has OpenBLAS, and no MKL for erfinv): equal but for the last bits.
   */
  private static final Map<String, Double> TOLERANCE =
      Map.of("orthogonal_", 1e-6, "trunc_normal_", 1e-8);

  /** Seeded alike, new layers have PyTorch's values, bit for bit. */
  @ParameterizedTest
  @MethodSource("fixtures")
  void equalsTorch(String name) {
    Fixture f = Fixture.read(name);
    try (Scope s = Scope.open();
        Generator.Use seeded = Generator.seeded(7).use()) {
      Map<String, Tensor> mine =
          f.type().endsWith("_")
              ? Map.of("weight", function(f, Tensor.zeros(6, 4)))
              : TorchModule.layer(f).state();
      Map<String, Tensor> torch = f.group("param.");
      assertThat(mine).containsOnlyKeys(torch.keySet());
      Double tolerance = TOLERANCE.get(f.type());
      torch.forEach(
          (key, t) -> {
            if (tolerance == null) {
              assertSame(key, mine.get(key), t);
            } else {
              assertClose(key, mine.get(key), t, tolerance);
            }
          });
    }
  }

  private static Tensor function(Fixture f, Tensor t) {
    JsonNode config = f.config();
    double gain = config.path("gain").asDouble(1);
    return switch (f.type()) {
      case "kaiming_normal_" -> Init.kaimingNormal_(t, Init.RELU, Init.Fan.OUT);
      case "kaiming_uniform_" ->
          Init.kaimingUniform_(t, Init.leakyRelu(config.get("a").asDouble()), Init.Fan.IN);
      case "xavier_uniform_" -> Init.xavierUniform_(t, gain);
      case "xavier_normal_" -> Init.xavierNormal_(t, gain);
      case "trunc_normal_" -> Init.truncatedNormal_(t, config.get("std").asDouble());
      case "orthogonal_" -> Init.orthogonal_(t, gain);
      default -> throw new AssertionError(f.type());
    };
  }

  @Test
  void orthogonalRowsOrColumns() {
    try (Scope s = Scope.open()) {
      Tensor wide = Init.orthogonal_(Tensor.zeros(3, 2, 4), 2);
      Tensor rows = wide.flatten(1, 2);
      assertClose("rows", rows.matmul(rows.t()), Tensor.eye(3).mul(4), 1e-5);
      Tensor tall = Init.orthogonal_(Tensor.zeros(8, 3), 1);
      assertClose("columns", tall.t().matmul(tall), Tensor.eye(3), 1e-5);
    }
  }

  @Test
  void truncatedNormalHasTheMomentsOfItsDensity() {
    try (Scope s = Scope.open()) {
      Tensor t = Init.truncatedNormal_(Tensor.zeros(100_000), 0, 1, -1, 1);
      assertThat(t.abs().amax().item()).isLessThanOrEqualTo(1);
      assertThat(t.mean().item()).isCloseTo(0, within(0.01));
      // Var = 1 - 2 phi(1) / (2 Phi(1) - 1)
      assertThat(t.square().mean().item()).isCloseTo(0.29113, within(0.005));
    }
  }

  @Test
  void fans() {
    Tensor conv = Tensor.zeros(6, 4, 3, 5);
    assertThat(Init.fanIn(conv)).isEqualTo(60);
    assertThat(Init.fanOut(conv)).isEqualTo(90);
    assertThatThrownBy(() -> Init.xavierNormal_(Tensor.zeros(4), 1))
        .hasMessageContaining("2 or more dimensions, got [4] float32");
  }

  @Test
  void fillsParametersWithoutRecordingGradients() {
    Linear linear = new Linear(3, 2);
    Init.zeros_(linear.weight().value());
    Init.constant_(linear.bias().value(), 3);
    assertThat(linear.forward(Tensor.ones(1, 3)).toDoubles()).containsExactly(3, 3);
    assertThat(linear.weight().value().requiresGrad()).isTrue();
  }
}
