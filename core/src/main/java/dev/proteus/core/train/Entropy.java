package dev.proteus.core.train;

import dev.proteus.core.method.UnsupervisedObjective;
import dev.proteus.core.tensor.Tensor;

/**
 * Mean entropy of the predictions.
 *
 * <pre>  H(p) = -sum_k p_k log p_k,  p = softmax(logits)      from 0 to log K  </pre>
 */
public record Entropy() implements UnsupervisedObjective {
  /** Of each sample; [N]. */
  public static Tensor each(Tensor logits) {
    return cross(logits, logits);
  }

  /** Cross entropy of two predictions of each sample, -sum_k p_k log q_k; [N]. */
  public static Tensor cross(Tensor logitsP, Tensor logitsQ) {
    return logitsP.softmax(1).mul(logitsQ.logSoftmax(1)).sum(1).neg();
  }

  @Override
  public Tensor loss(Tensor logits) {
    return each(logits).mean();
  }
}
