package dev.proteus.core.method;

import dev.proteus.core.tensor.Tensor;

/** A loss of a prediction against a target. */
public interface Objective extends Method {
  /** A 0-dimensional loss, to be minimised. */
  Tensor loss(Tensor prediction, Tensor target);
}
