package dev.proteus.models.unet;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Configs;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UNetTest {
  private static List<String> cases() {
    return Fixture.names("unet");
  }

  private static long parameters(Layer net) {
    return net.parameters().values().stream().mapToLong(p -> p.value().numel()).sum();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesWhatThePublishedCodeDoes(String name) {
    Fixture f = Fixture.read(name);
    UNetConfig config = Configs.read(f.config(), UNetConfig.class);
    Layer net = new UNet(config);
    net.load(f.group("state."));
    net.eval();
    assertClose("y", net.forward(f.get("x")).detach(), f.get("y"), 1e-5);
    try (Scope s = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      assertClose("y without gradients", net.copy().forward(f.get("x")), f.get("y"), 1e-5);
    }
    assertThat(parameters(new UNet(UNetConfig.published(3, 2, config.bilinear()))))
        .isEqualTo(Long.parseLong(f.metadata("parameters")));
  }

  @Test
  void everyParameterLearns() {
    UNet net = new UNet(new UNetConfig(1, 3, List.of(4, 6, 10), true, true));
    Generator g = Generator.seeded(1);
    Tensor logits = net.forward(g.normal(0, 1, 2, 1, 9, 14));
    assertThat(logits.shape()).containsExactly(2, 3, 9, 14);
    F.crossEntropy(logits, g.integers(0, 3, 2, 9, 14)).backward();
    assertThat(net.parameters())
        .allSatisfy((path, p) -> assertThat(p.value().grad().norm().item()).as(path).isPositive());
  }

  @Test
  void partsAreReachedByTheirPublishedPaths() {
    UNet net = new UNet(new UNetConfig(1, 2, List.of(4, 8), false, true));
    assertThat(net.slots())
        .containsKeys("inc.double_conv.0", "down1.maxpool_conv.1.double_conv.4", "up1.up");
    net.slot("up1.conv.double_conv.5").replace(Activation.silu());
    assertThat(net.forward(Tensor.ones(1, 1, 8, 8)).shape()).containsExactly(1, 2, 8, 8);
  }

  @Test
  void whatCannotBeBuiltIsRefused() {
    assertThatThrownBy(() -> new UNetConfig(1, 2, List.of(4), true, true))
        .hasMessageContaining("hidden_sizes: at least two levels");
    assertThatThrownBy(() -> new UNetConfig(1, 2, List.of(4, 7), true, true))
        .hasMessageContaining("hidden_sizes: even");
  }
}
