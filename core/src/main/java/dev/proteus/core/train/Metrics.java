package dev.proteus.core.train;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * How good predictions are, in one number: of logits [N, K] against classes int64 [N] (0 .. K - 1),
 * of a confusion matrix, or of values against values. {@link Evaluation} gives the same numbers of
 * predictions that come in batches.
 */
public final class Metrics {
  /** Bins of the calibration error. */
  static final int BINS = 15;

  private Metrics() {}

  /** Share of samples whose largest logit is at the target. */
  public static double accuracy(Tensor logits, Tensor target) {
    return topK(logits, target, 1);
  }

  /** Share of samples whose target is among the k largest logits. */
  public static double topK(Tensor logits, Tensor target, int k) {
    return new Evaluation(classes(logits)).add(logits, target).topK(k);
  }

  /** Mean over samples of -log p[target], with p = softmax(logits). */
  public static double negativeLogLikelihood(Tensor logits, Tensor target) {
    return F.nll(logits.to(DType.FLOAT64).logSoftmax(-1), target).item();
  }

  /** Mean over samples of sum_k (p_k - [k = target])^2, from 0 to 2. */
  public static double brier(Tensor logits, Tensor target) {
    return brierEach(logits.to(DType.FLOAT64).softmax(-1), target).mean().item();
  }

  /**
   * Expected calibration error: 15 bins of equal width over the confidence max_k p_k, closed on the
   * right; sum over bins of (share of samples) |accuracy - mean confidence|.
   *
   * @see <a href="https://arxiv.org/abs/1706.04599">On Calibration of Modern Neural Networks</a>
   */
  public static double calibrationError(Tensor logits, Tensor target) {
    return calibrationError(bins(logits.to(DType.FLOAT64).softmax(-1), target));
  }

  /** Mean of |prediction - target| over all values. */
  public static double meanAbsoluteError(Tensor prediction, Tensor target) {
    return new Evaluation(0).add(prediction, target).meanAbsoluteError();
  }

  /** Mean of (prediction - target)^2 over all values. */
  public static double meanSquaredError(Tensor prediction, Tensor target) {
    return new Evaluation(0).add(prediction, target).meanSquaredError();
  }

  /**
   * Counts int64 [K, K]: entry (i, j) is how many samples of class i were taken for class j.
   *
   * @param predicted classes int64 [N]
   * @throws IllegalArgumentException for a target that is not one of the K classes
   */
  public static Tensor confusion(Tensor predicted, Tensor target, int classes) {
    if (target.numel() > 0
        && (target.amin().itemLong() < 0 || target.amax().itemLong() >= classes)) {
      throw new IllegalArgumentException(
          "targets must be classes 0 to "
              + (classes - 1)
              + ", but go from "
              + target.amin().itemLong()
              + " to "
              + target.amax().itemLong());
    }
    return target
        .mul(classes)
        .add(predicted)
        .bincount((long) classes * classes)
        .view(classes, classes);
  }

  /** Of the samples taken for a class, the share that is of it; 0 where there are none. [K] */
  public static Tensor precision(Tensor confusion) {
    return ratio(confusion.diagonal(), confusion.sum(0));
  }

  /** Of the samples of a class, the share taken for it; 0 where there are none. [K] */
  public static Tensor recall(Tensor confusion) {
    return ratio(confusion.diagonal(), confusion.sum(1));
  }

  /**
   * Mean of 2 hits / (targets + predictions) over the classes that occur among the targets or the
   * predictions.
   */
  public static double macroF1(Tensor confusion) {
    Tensor occurrences = confusion.sum(0).add(confusion.sum(1));
    Tensor f1 = ratio(confusion.diagonal().mul(2), occurrences);
    return f1.sum().item() / occurrences.gt(0).sum().item();
  }

  private static Tensor ratio(Tensor hits, Tensor of) {
    return hits.to(DType.FLOAT64).div(of.clampMin(1));
  }

  private static int classes(Tensor logits) {
    return (int) logits.size(-1);
  }

  /** For probabilities [N, K]: sum_k (p_k - [k = target])^2, [N]. */
  static Tensor brierEach(Tensor p, Tensor target) {
    return p.sub(target.oneHot(classes(p))).square().sum(-1);
  }

  /**
   * For probabilities [N, K]: by bin of confidence the number of samples, the sum of confidences
   * and the number of hits, [3, 15].
   */
  static Tensor bins(Tensor p, Tensor target) {
    Tensor.Indexed top = p.max(-1, false);
    Tensor bin = top.values().mul(BINS).ceil().to(DType.INT64).clamp(1, BINS).sub(1);
    Tensor hit = top.indices().eq(target).to(DType.FLOAT64);
    Tensor rows = Tensor.stack(0, top.values().onesLike(), top.values(), hit);
    return Tensor.zeros(DType.FLOAT64, 3, BINS).to(p.device()).indexAdd_(1, bin, rows);
  }

  static double calibrationError(Tensor bins) {
    return bins.get(1).sub(bins.get(2)).abs().sum().item() / bins.get(0).sum().item();
  }

  /**
   * How many classes come before the target, int64 [N]: those with a larger logit, and of equal
   * ones those with a smaller number. NaN counts as larger than everything.
   */
  static Tensor ranks(Tensor logits, Tensor target) {
    Tensor column = target.unsqueeze(-1);
    Tensor mine = logits.gather(-1, column);
    Tensor notBefore = Tensor.arange(classes(logits)).to(logits.device()).ge(column);
    Tensor behind = logits.lt(mine).logicalOr(logits.eq(mine).logicalAnd(notBefore));
    return behind.logicalNot().sum(-1);
  }
}
