package dev.proteus.core.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClipTest {
  private static Map<String, Parameter> before(Fixture fixture) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      Tensor g = fixture.get("before." + i).copy();
      Parameter p = new Parameter(g.zerosLike());
      p.value().grad(g);
      parameters.put("p" + i, p);
    }
    parameters.put("without", new Parameter(Tensor.zeros(2)));
    return parameters;
  }

  private static Map<String, Parameter> parameters(Tensor... gradients) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Tensor g : gradients) {
      Parameter p = new Parameter(g.zerosLike());
      p.value().grad(g);
      parameters.put("p" + parameters.size(), p);
    }
    return parameters;
  }

  @ParameterizedTest
  @CsvSource({"norm2, 1, 2", "norminf, 0.5, Infinity", "loose, 100, 2", "value, 0.5, 0"})
  void equalsPyTorch(String name, double max, double p) {
    Fixture fixture = Fixture.read("optim/clip");
    Map<String, Parameter> parameters = before(fixture);
    if (name.equals("value")) {
      Clip.value(parameters, max);
    } else {
      double total = Clip.norm(parameters, max, p, true);
      assertThat(total).isCloseTo(fixture.get(name + ".total").item(), within(1e-6));
    }
    for (int i = 0; i < 3; i++) {
      Tensor expected = fixture.get(name + ".after." + i);
      Tensors.assertClose(name, parameters.get("p" + i).grad(), expected, 1e-6);
    }
    assertThat(parameters.get("without").grad()).isNull();
  }

  @Test
  void mixedTypesMakeOneNorm() {
    Map<String, Parameter> parameters =
        parameters(
            Tensor.full(DType.BFLOAT16, 1, 3),
            Tensor.full(DType.FLOAT64, 1, 2),
            Tensor.full(DType.FLOAT32, 2, 1));
    assertThat(Clip.norm(parameters, 1.5)).isCloseTo(3, within(1e-6));
    double scale = 1.5 / (3 + 1e-6);
    assertThat(parameters.get("p1").grad().toDoubles()).containsExactly(scale, scale);
    assertThat(parameters.get("p0").grad().dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(parameters.get("p2").grad().item()).isCloseTo(1, within(1e-6));
    assertThat(Clip.norm(Map.of(), 1)).isZero();
  }

  @Test
  void aNormThatIsNoNumberIsRefusedOrSpreads() {
    Map<String, Parameter> parameters =
        parameters(Tensor.vector(1, 2), Tensor.vector(Double.NaN), Tensor.vector(1));
    assertThatThrownBy(() -> Clip.norm(parameters, 1, 2, true))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("the gradient norm is NaN, because of 'p1'");
    assertThat(parameters.get("p0").grad().toDoubles()).containsExactly(1, 2);
    assertThat(Clip.norm(parameters, 1)).isNaN();
    assertThat(parameters.get("p0").grad().toDoubles()).containsOnly(Double.NaN);

    Map<String, Parameter> infinite =
        parameters(Tensor.vector(1), Tensor.vector(Double.POSITIVE_INFINITY));
    assertThat(Clip.norm(infinite, 1)).isInfinite();
    assertThat(infinite.get("p0").grad().item()).isZero();
  }

  @Test
  void limitsMustBePositive() {
    assertThatThrownBy(() -> Clip.norm(Map.of(), 0)).hasMessage("max must be positive, but is 0");
    assertThatThrownBy(() -> Clip.value(Map.of(), -1))
        .hasMessage("max must be positive, but is -1");
  }
}
