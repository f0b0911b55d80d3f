package dev.proteus.core.tensor;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AttentionDropoutTest {
  private static final double P = 0.25;

  /** With the identity for v, attention gives the weights themselves. */
  @Test
  void weightsAreDroppedOrScaledAndMasksStay() {
    Tensor q = Generator.seeded(1).normal(0, 1, 3, 2, 8, 4);
    Tensor k = Generator.seeded(2).normal(0, 1, 3, 2, 8, 4);
    Tensor v = Tensor.eye(8).expand(3, 2, 8, 8);
    Tensor keys = Tensor.arange(8).ne(3).reshape(1, 1, 1, 8);
    Tensor plain =
        F.scaledDotProductAttention(
            q, k, v, keys.logicalAnd(Tensor.ones(8, 8).tril(0).eq(1)), false, 0.3);
    Tensor dropped = F.scaledDotProductAttention(q, k, v, keys, true, 0.3, P, Generator.seeded(3));
    Tensor kept = dropped.ne(0);
    assertClose("kept", dropped, plain.div(1 - P).mul(kept.to(DType.FLOAT32)), 1e-5);
    double share = kept.to(DType.FLOAT32).sum().item() / plain.ne(0).to(DType.FLOAT32).sum().item();
    assertThat(share).isBetween(0.65, 0.85);
  }

  @Test
  void withoutDropoutItIsThePlainOperator() {
    Tensor q = Generator.seeded(1).normal(0, 1, 1, 2, 5, 4);
    Tensor got = F.scaledDotProductAttention(q, q, q, null, true, null, 0, Generator.seeded(1));
    assertThat(got.equal(F.scaledDotProductAttention(q, q, q, null, true, null))).isTrue();
  }
}
