package dev.proteus.core.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.GRU;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import org.junit.jupiter.api.Test;

class KernelsTest {
  @Test
  void areWhatMapsFeaturesInTheNetworksOrder() {
    Layer net =
        new Sequential(
            new Embedding(7, 4),
            new LayerNorm(3, 4),
            new GRU(4, 2),
            new Conv2d(1, 2, 3),
            new Linear(2, 3));
    assertThat(Kernels.of(net).keySet())
        .containsExactly("0.weight", "2.weight_ih_l0", "2.weight_hh_l0", "3.weight", "4.weight");
    assertThat(Kernels.others(net).keySet())
        .containsExactly("1.weight", "1.bias", "2.bias_ih_l0", "2.bias_hh_l0", "3.bias", "4.bias");
    net.slot("4").get().trainable(false);
    assertThat(Kernels.of(net)).doesNotContainKey("4.weight");
    assertThat(Kernels.others(net)).doesNotContainKey("4.bias");
  }
}
