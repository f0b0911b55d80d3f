package dev.proteus.core.optim;

import dev.proteus.core.method.Method;
import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/**
 * Reduces the learning rate when a metric stops to improve, as PyTorch's ReduceLROnPlateau. It
 * multiplies whatever rate a schedule gives:
 *
 * <pre>{@code
 * ReduceOnPlateau.Watch watch = new ReduceOnPlateau().watch();
 * stepper.factor(watch.see(validationLoss));      // once an epoch
 * }</pre>
 *
 * @param smallerIsBetter true for a loss, false for an accuracy
 * @param factor multiplies the rate at each reduction
 * @param patience how many metrics in a row without improvement are put up with
 * @param threshold how much better than the best a metric must be to count as one
 * @param relative whether the threshold is a share of the best metric
 * @param cooldown how many metrics after a reduction are not counted
 * @param minimum the smallest factor; times the base rate it is PyTorch's min_lr
 */
public record ReduceOnPlateau(
    boolean smallerIsBetter,
    double factor,
    int patience,
    double threshold,
    boolean relative,
    int cooldown,
    double minimum)
    implements Method {
  public ReduceOnPlateau {
    Require.positive("factor", factor);
    Require.decay("factor", factor);
    Require.notNegative("patience", patience);
    Require.notNegative("threshold", threshold);
    Require.notNegative("cooldown", cooldown);
    Require.between("minimum", minimum, 0, 1);
  }

  public ReduceOnPlateau() {
    this(true, 0.1, 10, 1e-4, true, 0, 0);
  }

  /** Starts to watch a metric. */
  public Watch watch() {
    return new Watch();
  }

  private boolean isBetter(double metric, double best) {
    double margin = relative ? threshold * best : threshold;
    return smallerIsBetter ? metric < best - margin : metric > best + margin;
  }

  /** A metric under watch. */
  public final class Watch {
    private double now = 1;
    private double best = smallerIsBetter ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    private long bad;
    private long cooling;

    private Watch() {}

    /**
     * Takes the next metric.
     *
     * @return the factor from now on, for {@link Stepper#factor}
     */
    public double see(double metric) {
      if (isFirst() ? !Double.isNaN(metric) : isBetter(metric, best)) {
        best = metric;
        bad = 0;
      } else {
        bad++;
      }
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > patience) {
        now = Math.max(now * factor, minimum);
        cooling = cooldown;
        bad = 0;
      }
      return now;
    }

    // Apart, as infinity minus a share of infinity is no number.
    private boolean isFirst() {
      return Double.isInfinite(best);
    }

    /** Copies of everything that the next reduction depends on, for a checkpoint. */
    public Map<String, Tensor> snapshot() {
      return Map.of("plateau", Tensor.of(new double[] {now, best, bad, cooling}, 4).retain());
    }

    public void restore(Map<String, Tensor> snapshot) {
      double[] values = snapshot.get("plateau").toDoubles();
      now = values[0];
      best = values[1];
      bad = (long) values[2];
      cooling = (long) values[3];
    }
  }
}
