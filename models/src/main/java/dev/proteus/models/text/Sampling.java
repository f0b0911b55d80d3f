package dev.proteus.models.text;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/** What is done to the logits [B, V] of the next token before one is drawn. */
final class Sampling {
  private Sampling() {}

  /**
   * Makes tokens that have come already less likely: divides positive logits by the penalty,
   * multiplies negative ones.
   *
   * @param ids int64 [B, T]
   * @see <a href="https://arxiv.org/abs/1909.05858">CTRL: A Conditional Transformer Language Model
   *     for Controllable Generation</a>
   */
  static Tensor penalise(Tensor logits, Tensor ids, double penalty) {
    Tensor seen = logits.gather(1, ids);
    return logits.scatter(1, ids, seen.lt(0).where(seen.mul(penalty), seen.div(penalty)));
  }

  /** Keeps the k largest, and what equals the smallest of them; the others become -infinity. */
  static Tensor topK(Tensor logits, int k) {
    int n = (int) Math.min(k, logits.size(1));
    Tensor least = logits.topk(n, 1, true).values().narrow(1, n - 1, 1);
    return logits.maskedFill(logits.lt(least), Double.NEGATIVE_INFINITY);
  }

  /**
   * Keeps the most probable tokens whose probabilities reach p together; the others become
   * -infinity.
   *
   * @see <a href="https://arxiv.org/abs/1904.09751">The Curious Case of Neural Text
   *     Degeneration</a>
   */
  static Tensor topP(Tensor logits, double p) {
    Tensor.Indexed ascending = logits.sort(1, false);
    Tensor below = ascending.values().softmax(1).cumsum(1).le(1 - p);
    below.narrow(1, logits.size(1) - 1, 1).zero_(); // the most probable one stays for any p
    Tensor dropped = below.zerosLike().scatter(1, ascending.indices(), below);
    return logits.maskedFill(dropped.to(DType.BOOL), Double.NEGATIVE_INFINITY);
  }
}
