package dev.proteus.core.method;

import dev.proteus.core.tensor.Tensor;

/** A loss of predictions alone, for data without labels. */
public interface UnsupervisedObjective extends Method {
  /**
   * A 0-dimensional loss, to be minimised.
   *
   * @param logits [N, K]
   */
  Tensor loss(Tensor logits);
}
