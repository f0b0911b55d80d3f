package dev.proteus.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class TokensTest {
  private final Tensor ids = Tensor.of(new long[] {5, 6, 7, 0, 8, 0, 0, 0}, 2, 4);
  private final Tensor mask = Tensor.of(new long[] {1, 1, 1, 0, 1, 0, 0, 0}, 2, 4);
  private final Tokens padded = new Tokens(ids, mask, ids.zerosLike());

  @Test
  void packingAndReadingGiveTheSameBatch() {
    Tokens back = Tokens.of(padded.packed());
    assertThat(back.ids().equal(ids)).isTrue();
    assertThat(back.mask().equal(mask)).isTrue();
    assertThat(back.types().equal(padded.types())).isTrue();
    assertThat(Tokens.of(ids).mask().equal(ids.onesLike())).isTrue();
  }

  @Test
  void trimmingCutsColumnsThatAreAllPadding() {
    assertThat(padded.trimmed().ids().shape()).containsExactly(2, 3);
    Tensor left = Tensor.of(new long[] {0, 0, 1, 1}, 1, 4);
    assertThat(new Tokens(left, left, left).trimmed().ids().shape()).containsExactly(1, 4);
  }

  @Test
  void theBiasHidesPaddingOnly() {
    Tensor bias = padded.bias(DType.FLOAT32);
    assertThat(bias.shape()).containsExactly(2, 1, 1, 4);
    assertThat(bias.flatten().toDoubles()[0]).isZero();
    assertThat(bias.exp().flatten().toDoubles()).containsExactly(1, 1, 1, 0, 1, 0, 0, 0);
    assertThat(new Tokens(ids).bias(DType.FLOAT32)).isNull();
  }

  @Test
  void otherShapesAndTypesAreRefused() {
    assertThatThrownBy(() -> Tokens.of(Tensor.zeros(2, 4))).hasMessageContaining("as integers");
    assertThatThrownBy(() -> Tokens.of(Tensor.zeros(DType.INT64, 2, 4, 3)))
        .hasMessageContaining("[B, 3, T]");
  }
}
