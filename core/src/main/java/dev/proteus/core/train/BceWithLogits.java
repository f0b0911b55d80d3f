package dev.proteus.core.train;

import dev.proteus.core.method.Objective;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Binary cross entropy of logits z with targets y in [0, 1] of the same shape and any type, a mean
 * over all elements.
 *
 * <pre>  loss = -mean(y log sigmoid(z) + (1 - y) log(1 - sigmoid(z)))  </pre>
 */
public record BceWithLogits() implements Objective {
  @Override
  public Tensor loss(Tensor prediction, Tensor target) {
    return F.bceWithLogits(prediction, target.to(prediction.dtype()));
  }
}
