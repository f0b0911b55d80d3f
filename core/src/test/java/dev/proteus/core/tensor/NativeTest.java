package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NativeTest {
  @Test
  void listsOfTensorsDoublesAndLongsReachTheOperator() {
    try (Scope s = Scope.open()) {
      Tensor a = Tensor.vector(3, 4);
      Tensor b = Tensor.vector(5, 12);
      List<Tensor> norms = Native.call("aten::_foreach_norm", "Scalar", List.of(a, b), 2.0, null);
      assertThat(norms).hasSize(2);
      assertThat(norms.get(1).item()).isEqualTo(13);
      Tensor image = Tensor.ones(1, 1, 2, 2);
      assertThat(
              Native.call("aten::upsample_nearest2d", "vec", image, null, new double[] {2.0, 3.0})
                  .get(0)
                  .shape())
          .containsExactly(1, 1, 4, 6);
      assertThat(
              Native.call("aten::sum", "dim_IntList", image, new long[] {0, 3}, false, null)
                  .get(0)
                  .toDoubles())
          .containsExactly(2, 2);
    }
  }

  @Test
  void whatAnOperatorCannotTakeIsNamed() {
    assertThatThrownBy(() -> Native.call("aten::relu", "", 1))
        .hasMessageContaining("aten::relu")
        .hasMessageContaining("java.lang.Integer");
    assertThatThrownBy(() -> Native.call("aten::no_such_thing", ""))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("no_such_thing");
  }
}
