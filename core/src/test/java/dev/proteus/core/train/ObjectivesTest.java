package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.Objective;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Tensors;
import org.junit.jupiter.api.Test;

class ObjectivesTest {
  private static void equalsPyTorch(String fixture, Objective objective) {
    Fixture f = Fixture.read("nn/" + fixture);
    Tensor x = f.get("in.0").copy().requiresGrad(true);
    Tensor loss = objective.loss(x, f.get("in.1"));
    Tensors.assertClose(fixture, loss.detach(), f.get("out.0"), 1e-6);
    loss.mul(f.get("gout.0")).backward();
    Tensors.assertClose(fixture, x.grad(), f.get("gin.0"), 1e-6);
  }

  @Test
  void lossesAndGradientsEqualPyTorch() {
    equalsPyTorch("cross_entropy", new CrossEntropy());
    equalsPyTorch("cross_entropy_smoothing", new CrossEntropy(0.1));
    equalsPyTorch("mse", new MeanSquaredError());
    equalsPyTorch("bce_with_logits", new BceWithLogits());
  }

  @Test
  void binaryTargetsMayBeIntegers() {
    Tensor z = Tensor.vector(-1, 2, 0.5);
    Tensor integers = Tensor.of(new long[] {0, 1, 1}, 3);
    assertThat(new BceWithLogits().loss(z, integers).item())
        .isEqualTo(new BceWithLogits().loss(z, Tensor.vector(0, 1, 1)).item());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> new MeanSquaredError().loss(Tensor.ones(4, 1), Tensor.ones(4)))
        .hasMessage("expected a target of the prediction's shape [4, 1], got [4]");
    assertThatThrownBy(() -> new BceWithLogits().loss(Tensor.ones(4, 1), Tensor.ones(4)))
        .isInstanceOf(TensorException.class);
    assertThatThrownBy(() -> new CrossEntropy(1.5))
        .hasMessage("labelSmoothing must be from 0 to 1, but is 1.5");
  }
}
