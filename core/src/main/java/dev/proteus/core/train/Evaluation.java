package dev.proteus.core.train;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@link Metrics} of predictions that come in batches: sums are kept, no predictions.
 *
 * <pre>{@code
 * Evaluation e = new Evaluation(10);
 * for (Batch b : stream) {
 *   e.add(net.forward(b.input()), b.target());
 * }
 * e.accuracy();
 * }</pre>
 */
public final class Evaluation {
  private final int classes;
  private final Tensor confusion;
  private final Tensor ranks;
  private final Tensor bins;
  // sums over samples: -log p[target] and squared error of p; without classes over values:
  // absolute and squared error
  private double first;
  private double second;
  private long samples;
  private long values;

  /**
   * @param classes number of classes; 0 where targets are values
   */
  public Evaluation(int classes) {
    if (classes < 0) {
      throw new IllegalArgumentException("classes must be 0 or more, but is " + classes);
    }
    this.classes = classes;
    confusion = Tensor.zeros(DType.INT64, classes, classes).retain();
    ranks = Tensor.zeros(DType.INT64, classes + 1L).retain();
    bins = Tensor.zeros(DType.FLOAT64, 3, Metrics.BINS).retain();
  }

  /**
   * Adds a batch.
   *
   * @param prediction logits [N, K]; without classes values of the target's shape
   * @param target classes int64 [N]; without classes values
   * @throws IllegalArgumentException naming the shapes, if they do not fit
   */
  public Evaluation add(Tensor prediction, Tensor target) {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      check(prediction, target);
      Tensor y = prediction.to(DType.FLOAT64);
      if (classes == 0) {
        Tensor error = y.sub(target);
        first += error.abs().sum().item();
        second += error.square().sum().item();
      } else {
        Tensor t = target.to(DType.INT64);
        // first, because it refuses targets that are no classes
        confusion.add_(Metrics.confusion(y.argmax(-1), t, classes));
        ranks.add_(Metrics.ranks(y, t).bincount(classes + 1L));
        Tensor log = y.logSoftmax(-1);
        bins.add_(Metrics.bins(log.exp(), t));
        first -= log.gather(-1, t.unsqueeze(-1)).sum().item();
        second += Metrics.brierEach(log.exp(), t).sum().item();
      }
      samples += prediction.size(0);
      values += prediction.numel();
    }
    return this;
  }

  private void check(Tensor prediction, Tensor target) {
    if (target == null) {
      throw new IllegalArgumentException("cannot evaluate without targets");
    }
    boolean fits =
        classes == 0
            ? java.util.Arrays.equals(prediction.shape(), target.shape())
            : prediction.dim() == 2
                && prediction.size(1) == classes
                && target.dim() == 1
                && target.size(0) == prediction.size(0);
    if (!fits) {
      throw new IllegalArgumentException(
          "expected "
              + (classes == 0
                  ? "a prediction and a target of one shape"
                  : "logits [N, " + classes + "] and classes [N]")
              + ", got "
              + prediction.describe()
              + " and "
              + target.describe());
    }
  }

  public long samples() {
    return samples;
  }

  public double accuracy() {
    return topK(1);
  }

  /** See {@link Metrics#topK}. */
  public double topK(int k) {
    needsClasses(true);
    if (k < 1 || k > classes) {
      throw new IllegalArgumentException("k must be 1 to " + classes + ", but is " + k);
    }
    return in(() -> ranks.narrow(0, 0, k).sum().item() / samples);
  }

  /** See {@link Metrics#macroF1}. */
  public double macroF1() {
    needsClasses(true);
    return in(() -> Metrics.macroF1(confusion));
  }

  /** See {@link Metrics#precision}; by class. */
  public double[] precision() {
    needsClasses(true);
    return in(() -> Metrics.precision(confusion).toDoubles());
  }

  /** See {@link Metrics#recall}; by class. */
  public double[] recall() {
    needsClasses(true);
    return in(() -> Metrics.recall(confusion).toDoubles());
  }

  /** See {@link Metrics#confusion}. */
  public Tensor confusion() {
    needsClasses(true);
    return confusion.copy();
  }

  /** See {@link Metrics#calibrationError(Tensor, Tensor)}. */
  public double calibrationError() {
    needsClasses(true);
    return in(() -> Metrics.calibrationError(bins));
  }

  /** See {@link Metrics#negativeLogLikelihood}. */
  public double negativeLogLikelihood() {
    needsClasses(true);
    return first / samples;
  }

  /** See {@link Metrics#brier}. */
  public double brier() {
    needsClasses(true);
    return second / samples;
  }

  /** See {@link Metrics#meanAbsoluteError}. */
  public double meanAbsoluteError() {
    needsClasses(false);
    return first / values;
  }

  /** See {@link Metrics#meanSquaredError}. */
  public double meanSquaredError() {
    needsClasses(false);
    return second / values;
  }

  /** Negative log-likelihood, or without classes the mean squared error: the smaller the better. */
  public double loss() {
    return classes == 0 ? meanSquaredError() : negativeLogLikelihood();
  }

  /** All single numbers by name, for histories and reports. */
  public Map<String, Double> numbers() {
    Map<String, Double> all = new LinkedHashMap<>();
    if (classes == 0) {
      all.put("mae", meanAbsoluteError());
      all.put("mse", meanSquaredError());
    } else {
      all.put("accuracy", accuracy());
      if (classes > 5) {
        all.put("top5", topK(5));
      }
      all.put("macroF1", macroF1());
      all.put("nll", negativeLogLikelihood());
      all.put("brier", brier());
      all.put("ece", calibrationError());
    }
    return all;
  }

  private void needsClasses(boolean wanted) {
    if (wanted == (classes == 0)) {
      throw new IllegalStateException(
          wanted
              ? "a metric of classes, but this evaluation is of values"
              : "a metric of values, but this evaluation is of classes");
    }
  }

  private static <T> T in(java.util.function.Supplier<T> f) {
    try (Scope scope = Scope.open()) {
      return f.get();
    }
  }
}
