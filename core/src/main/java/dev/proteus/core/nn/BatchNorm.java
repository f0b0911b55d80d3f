package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Batch normalisation: each channel gets mean 0 and variance 1, then a learned scale and shift.
 *
 * <pre>  y = (x - mean) / sqrt(var + eps) * weight + bias      x: [N, C, ..]  </pre>
 *
 * <p>In training mean and (biased) variance are the batch's, and the running ones move: {@code
 * running += momentum (batch - running)}, with the unbiased variance. In inference they are the
 * running ones; a layer that tracks none uses the batch's always.
 *
 * @see <a href="https://arxiv.org/abs/1502.03167">Batch Normalization</a>
 */
public abstract class BatchNorm extends ChannelNorm {
  private static final long serialVersionUID = 1L;

  public static final double EPS = 1e-5;
  public static final double MOMENTUM = 0.1;

  private final Double momentum;

  /**
   * @param momentum null for the plain average over all batches
   * @param affine with weight and bias
   * @param tracking with running statistics
   */
  BatchNorm(long features, double eps, Double momentum, boolean affine, boolean tracking) {
    super(features, eps, affine, tracking);
    this.momentum = momentum;
  }

  /** The shape that the layer takes, for messages, or null if {@code dims} dimensions are right. */
  abstract String expected(int dims);

  @Override
  public Tensor forward(Tensor x) {
    String expected = expected(x.dim());
    if (expected != null || x.size(1) != features()) {
      throw wrongInput(expected == null ? "[N, " + features() + ", ..]" : expected, x);
    }
    if (byInput() && x.numel() == features()) {
      throw wrongInput("more than one value a channel, to take statistics of in training", x);
    }
    double rate = 0;
    if (isTraining() && runningMean() != null) {
      Tensor count = batches().value().add_(1);
      rate = momentum == null ? 1 / count.item() : momentum;
    }
    return F.batchNorm(
        x,
        value(runningMean()),
        value(runningVar()),
        value(weight()),
        value(bias()),
        byInput(),
        rate,
        eps());
  }

  /** Null for the plain average over all batches. */
  public final Double momentum() {
    return momentum;
  }
}
