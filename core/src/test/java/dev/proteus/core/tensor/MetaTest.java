package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.GRU;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetaTest {
  @Test
  void weightsHaveNoValuesAndDrawNothing() {
    try (Generator.Use run = Generator.seeded(3).use()) {
      Tensor state = Generator.current().state();
      try (Meta none = Meta.open()) {
        List<Layer> layers =
            List.of(
                new Linear(3, 4),
                new Conv2d(3, 4, 3),
                new Embedding(5, 4, 1),
                new GRU(3, 4),
                new MultiheadAttention(4, 2));
        layers.forEach(
            l ->
                l.state()
                    .forEach(
                        (path, t) ->
                            assertThat(t.isMeta())
                                .as(path)
                                .isEqualTo(!path.equals("in_proj_bias"))));
        for (Tensor t :
            List.of(Tensor.empty(DType.FLOAT32, 4, 6), Generator.current().normal(0, 1, 4, 6))) {
          Init.truncatedNormal_(t, 0.02);
          Init.orthogonal_(t, 1);
          assertThat(t.isMeta()).isTrue();
          assertThat(t).hasToString("[4, 6] float32");
          assertThat(t.device()).isEqualTo(Device.META);
        }
      }
      assertThat(Generator.current().state().equal(state)).isTrue();
    }
  }

  @Test
  void constantsHaveTheirValues() {
    try (Meta none = Meta.open()) {
      assertThat(Tensor.of(new float[] {1, 2}, 2).toFloats()).containsExactly(1, 2);
      assertThat(Tensor.ones(2).add(Tensor.arange(2)).toFloats()).containsExactly(1, 2);
      assertThat(Tensor.ofBytes(new byte[] {7}, DType.UINT8, 1).itemLong()).isEqualTo(7);
    }
  }

  @Test
  void someSizesMayBeAllocatedAndTheModeEnds() {
    try (Meta none = Meta.open()) {
      try (Meta some = Meta.except(n -> n == 6)) {
        Linear l = new Linear(2, 3);
        assertThat(l.weight().value().isMeta()).isFalse();
        assertThat(l.bias().value().isMeta()).isTrue();
        Init.orthogonal_(l.weight().value(), 1);
      }
      assertThat(Tensor.empty(DType.FLOAT32, 2, 3).isMeta()).isTrue();
    }
    assertThat(Tensor.empty(DType.FLOAT32, 2, 3).isMeta()).isFalse();
  }

  @Test
  void valuesThatAreNotThereAreRefused() {
    try (Meta none = Meta.open()) {
      Tensor t = Tensor.empty(DType.FLOAT32, 2);
      assertThatThrownBy(t::toFloats).isInstanceOf(TensorException.class);
      assertThatThrownBy(() -> t.add(Tensor.ones(2)).sum().item())
          .isInstanceOf(RuntimeException.class);
      assertThatThrownBy(() -> t.buffer(0, 4)).hasMessageContaining("CPU tensor");
    }
  }

  @Test
  void nobodyComputesOnMeta() {
    assertThatThrownBy(() -> Device.parse("meta")).hasMessageContaining("meta");
  }
}
