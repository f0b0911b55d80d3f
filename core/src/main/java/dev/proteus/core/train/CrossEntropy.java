package dev.proteus.core.train;

import dev.proteus.core.method.Objective;
import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Cross entropy of logits with classes, a mean over the samples.
 *
 * <pre>
 *   loss = -mean_n sum_k q[n,k] log softmax(z[n])[k]
 *   q[n,k] = (1 - labelSmoothing) [k = y[n]] + labelSmoothing / K
 *                                            z: [N,K] or [N,K,..], y: int64 [N] or [N,..], 0 .. K-1
 * </pre>
 *
 * <p>Targets of the shape and type of z are taken as probabilities of the classes.
 *
 * @param labelSmoothing share of the target that is spread over all classes
 * @see <a href="https://arxiv.org/abs/1512.00567">Rethinking the Inception Architecture for
 *     Computer Vision</a>, section 7 (label smoothing)
 */
public record CrossEntropy(double labelSmoothing) implements Objective {
  public CrossEntropy {
    Require.between("labelSmoothing", labelSmoothing, 0, 1);
  }

  public CrossEntropy() {
    this(0);
  }

  @Override
  public Tensor loss(Tensor prediction, Tensor target) {
    return F.crossEntropy(prediction, target, null, -100, labelSmoothing);
  }
}
