package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layer and loss against torch.nn: results, gradients, buffers afterwards, inference. */
class TorchFixtureTest {
  private static final double TOLERANCE = 1e-5;

  static List<String> fixtures() {
    return Fixture.names("nn");
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void equalsTorch(String name) {
    try (Scope s = Scope.open()) {
      Fixture f = Fixture.read(name);
      Layer layer = TorchModule.layer(f);
      layer.load(f.group("param."));
      List<Tensor> inputs = new ArrayList<>();
      for (int i = 0; f.has("in." + i); i++) {
        inputs.add(f.get("in." + i).copy().requiresGrad(f.has("gin." + i)));
      }

      List<Tensor> out = TorchModule.call(layer, inputs, f.metadata("inputs"));
      compare("out.", out, f.list("out."));

      out.get(0).mul(f.get("gout.0")).sum().backward();
      for (int i = 0; i < inputs.size(); i++) {
        if (f.has("gin." + i)) {
          assertClose("gin." + i, inputs.get(i).grad(), f.get("gin." + i), TOLERANCE);
        }
      }
      assertThat(f.group("gparam.").keySet())
          .containsExactlyInAnyOrderElementsOf(layer.parameters().keySet());
      layer
          .parameters()
          .forEach((k, p) -> assertClose(k, p.grad(), f.get("gparam." + k), TOLERANCE));

      f.group("after.")
          .forEach((k, t) -> assertClose(k, layer.buffers().get(k).value(), t, TOLERANCE));
      if (f.has("eval.0")) {
        layer.eval();
        compare("eval.", TorchModule.call(layer, inputs, f.metadata("inputs")), f.list("eval."));
      }
    }
  }

  private static void compare(String what, List<Tensor> actual, List<Tensor> expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertClose(what + i, actual.get(i).detach(), expected.get(i), TOLERANCE);
    }
  }
}
