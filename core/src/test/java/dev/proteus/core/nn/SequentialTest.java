package dev.proteus.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SequentialTest {
  private static Sequential cnn() {
    return new Sequential()
        .add("conv1", new Conv2d(3, 4, 3, 2, 1, 1, false))
        .add("bn1", new BatchNorm2d(4))
        .add("act1", Activation.relu())
        .add("layer1", new Residual(new Sequential(new Conv2d(4, 4, 3, 1, 1), new BatchNorm2d(4))))
        .add("pool", new GlobalAvgPool())
        .add("fc", new Linear(4, 5));
  }

  @Test
  void runsInOrderUnderItsNames() {
    Sequential net = cnn();
    Tensor x = Generator.seeded(1).normal(0, 1, 2, 3, 8, 8);
    assertThat(net.forward(x).shape()).containsExactly(2, 5);
    assertThat(net.state())
        .containsKeys("conv1.weight", "bn1.running_var", "layer1.body.0.bias", "fc.bias")
        .doesNotContainKey("conv1.bias");
    assertThat(net.slot("layer1.shortcut").get()).isInstanceOf(Identity.class);
    net.eval();
    Layer copy = net.copy();
    assertThat(copy.forward(x).equal(net.forward(x))).isTrue();
  }

  @Test
  void refusesANameTwice() {
    assertThatThrownBy(() -> cnn().add("fc", new Identity())).hasMessageContaining("'fc' already");
  }
}
