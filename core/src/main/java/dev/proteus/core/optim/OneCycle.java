package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import java.util.OptionalDouble;

/**
 * One cycle: the learning rate rises from base / div to base until {@code peak}, then falls to base
 * / (div finalDiv) at {@code length}, and stays there. The momentum moves against it: from the
 * larger to the smaller value and back. In three phases the rate falls as fast as it rose, to base
 * / div at 2 peak, and only then to its end, with the larger momentum.
 *
 * <p>PyTorch's OneCycleLR with total_steps N and pct_start p has its peak at step p N - 1 and its
 * end at step N - 1: see {@link #ofSteps}.
 *
 * @param length time of the whole cycle
 * @param peak time at which the rate is the base rate
 * @param anneal shape of rise and fall
 * @param threePhase as above
 * @param div how many times smaller than the base the rate starts
 * @param finalDiv how many times smaller than its start the rate ends
 * @param cycleMomentum whether the momentum is moved, too
 * @param baseMomentum the smaller momentum
 * @param maxMomentum the larger momentum
 * @see <a href="https://arxiv.org/abs/1708.07120">Super-Convergence: Very Fast Training of Neural
 *     Networks Using Large Learning Rates</a>
 */
public record OneCycle(
    double length,
    double peak,
    Anneal anneal,
    boolean threePhase,
    double div,
    double finalDiv,
    boolean cycleMomentum,
    double baseMomentum,
    double maxMomentum)
    implements Schedule {
  /** How a value moves from one to another. */
  public enum Anneal {
    COSINE,
    LINEAR
  }

  public OneCycle {
    Require.positive("length", length);
    Require.between("peak", peak, 0, threePhase ? length / 2 : length);
    Require.positive("div", div);
    Require.positive("finalDiv", finalDiv);
    Require.decay("baseMomentum", baseMomentum);
    Require.decay("maxMomentum", maxMomentum);
  }

  public OneCycle() {
    this(1, 0.3);
  }

  public OneCycle(double length, double peak) {
    this(length, peak, Anneal.COSINE, false, 25, 1e4, true, 0.85, 0.95);
  }

  /** PyTorch's defaults and counting: the last of {@code total} steps has the smallest rate. */
  public static OneCycle ofSteps(long total, double peakShare) {
    return new OneCycle(total - 1, peakShare * total - 1);
  }

  @Override
  public double lr(double base, double time) {
    double start = base / div;
    return cycle(time, start, base, start / finalDiv);
  }

  @Override
  public OptionalDouble momentum(double time) {
    return cycleMomentum
        ? OptionalDouble.of(cycle(time, maxMomentum, baseMomentum, maxMomentum))
        : OptionalDouble.empty();
  }

  private double cycle(double time, double start, double top, double end) {
    if (time < peak) {
      return between(start, top, time / peak);
    }
    if (threePhase && time < 2 * peak) {
      return between(top, start, (time - peak) / peak);
    }
    double fallsFrom = threePhase ? 2 * peak : peak;
    double share = time < length ? (time - fallsFrom) / (length - fallsFrom) : 1;
    return between(threePhase ? start : top, end, share);
  }

  private double between(double from, double to, double share) {
    return switch (anneal) {
      case COSINE -> to + (from - to) / 2 * (Math.cos(Math.PI * share) + 1);
      case LINEAR -> from + (to - from) * share;
    };
  }
}
