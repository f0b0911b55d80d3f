package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AttentionTest {
  private final MultiheadAttention m = new MultiheadAttention(6, 2);
  private final Tensor x = Generator.seeded(1).normal(0, 1, 3, 4, 6);
  private final Tensor causal = Tensor.ones(4, 4).triu(1).to(DType.BOOL);

  @Test
  void aBooleanMaskHidesWhereItIsTrue() {
    Tensor y = m.attend(x, x, x, causal, null);
    Tensor head = x.narrow(1, 0, 2).contiguous();
    Tensor alone = m.attend(head, head, head, causal.narrow(0, 0, 2).narrow(1, 0, 2), null);
    assertClose("first two", y.narrow(1, 0, 2).contiguous(), alone, 1e-5);
  }

  @Test
  void masksOfAllShapesMeanTheSame() {
    Tensor two = m.attend(x, x, x, causal, null);
    Tensor three = m.attend(x, x, x, causal.expand(6, 4, 4), null);
    Tensor four = m.attend(x, x, x, causal.expand(3, 2, 4, 4), null);
    Tensor added = Tensor.zeros(4, 4).maskedFill(causal, Double.NEGATIVE_INFINITY);
    assertClose("[N heads, T, S]", three, two, 1e-6);
    assertClose("[N, heads, T, S]", four, two, 1e-6);
    assertClose("numbers", m.attend(x, x, x, added, null), two, 1e-6);
  }

  @Test
  void oneProjectionForAllEqualsOneForEach() {
    Tensor other = x.copy();
    assertClose("output", m.attend(x, other, x.copy(), null, null), m.forward(x), 1e-6);
  }

  @Test
  void paddedKeysDoNotCount() {
    Tensor padding = Tensor.zeros(3, 4).to(DType.BOOL);
    padding.narrow(1, 3, 1).fill_(1);
    Tensor key = x.narrow(1, 0, 3).contiguous();
    assertClose(
        "output", m.attend(x, x, x, null, padding), m.attend(x, key, key, null, null), 1e-5);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> new MultiheadAttention(6, 4))
        .hasMessage("heads must divide dim, 6, but is 4");
    assertThatThrownBy(() -> m.attend(x, x, x, null, Tensor.zeros(3, 5)))
        .hasMessageContaining("keyPadding [N, 4], got [3, 5]");
    assertThat(m.macs(x, x)).isEqualTo(3 * 4 * 6 * (3 * 6 + 2 * 4));
  }
}
