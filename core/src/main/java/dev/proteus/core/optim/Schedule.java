package dev.proteus.core.optim;

import dev.proteus.core.method.Method;
import dev.proteus.core.method.Require;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The learning rate over time. Lengths are in the unit of the time that is asked for, and a {@link
 * Stepper} can be driven by either of two clocks: steps done (0, 1, 2, ..; then the rates are those
 * of PyTorch's scheduler of that name), or the share of the training that is over (0 to 1). A
 * length of 1, the default, is the whole training on the second clock.
 */
public interface Schedule extends Method {
  /**
   * The learning rate at a time.
   *
   * @param base the optimizer's learning rate
   * @param time from 0 on
   */
  double lr(double base, double time);

  /** The momentum at a time, if this schedule cycles it. */
  default OptionalDouble momentum(double time) {
    return OptionalDouble.empty();
  }

  /** The base rate, always. */
  record Constant() implements Schedule {
    @Override
    public double lr(double base, double time) {
      return base;
    }
  }

  /** base gamma^floor(time / every): PyTorch's StepLR. */
  record StepDecay(double every, double gamma) implements Schedule {
    public StepDecay {
      Require.positive("every", every);
      Require.positive("gamma", gamma);
    }

    public StepDecay() {
      this(1.0 / 3, 0.1);
    }

    @Override
    public double lr(double base, double time) {
      return base * Math.pow(gamma, Math.floor(time / every));
    }
  }

  /** base gamma^(number of milestones reached): PyTorch's MultiStepLR. */
  record MultiStep(List<Double> milestones, double gamma) implements Schedule {
    public MultiStep {
      milestones = rising(milestones);
      Require.positive("gamma", gamma);
    }

    public MultiStep() {
      this(List.of(0.5, 0.75), 0.1);
    }

    @Override
    public double lr(double base, double time) {
      return base * Math.pow(gamma, reached(milestones, time));
    }
  }

  /** base gamma^time: PyTorch's ExponentialLR. */
  record Exponential(double gamma) implements Schedule {
    public Exponential {
      Require.positive("gamma", gamma);
    }

    public Exponential() {
      this(0.01);
    }

    @Override
    public double lr(double base, double time) {
      return base * Math.pow(gamma, time);
    }
  }

  /**
   * minimum + (base - minimum) (1 + cos(pi time / length)) / 2: PyTorch's CosineAnnealingLR. After
   * its length it rises again.
   *
   * @param minimum a learning rate, not a factor
   * @see <a href="https://arxiv.org/abs/1608.03983">SGDR: Stochastic Gradient Descent with Warm
   *     Restarts</a>
   */
  record Cosine(double length, double minimum) implements Schedule {
    public Cosine {
      Require.positive("length", length);
      Require.notNegative("minimum", minimum);
    }

    public Cosine() {
      this(1, 0);
    }

    @Override
    public double lr(double base, double time) {
      return minimum + (base - minimum) * (1 + Math.cos(Math.PI * time / length)) / 2;
    }
  }

  /**
   * From base start to base end in equal steps, then base end: PyTorch's LinearLR. A warm-up rises
   * to 1.
   */
  record Linear(double length, double start, double end) implements Schedule {
    public Linear {
      Require.positive("length", length);
      Require.notNegative("start", start);
      Require.notNegative("end", end);
    }

    public Linear() {
      this(1, 1, 0);
    }

    /** Rises from base start to the base rate. */
    public static Linear warmup(double length, double start) {
      return new Linear(length, start, 1);
    }

    @Override
    public double lr(double base, double time) {
      return base * (start + (end - start) * Math.min(time / length, 1));
    }
  }

  /** base (1 - time / length)^power, then 0: PyTorch's PolynomialLR. */
  record Polynomial(double length, double power) implements Schedule {
    public Polynomial {
      Require.positive("length", length);
      Require.positive("power", power);
    }

    public Polynomial() {
      this(1, 1);
    }

    @Override
    public double lr(double base, double time) {
      return base * Math.pow(1 - Math.min(time / length, 1), power);
    }
  }

  /**
   * One schedule after the other, each with a clock that starts at 0: PyTorch's SequentialLR.
   *
   * @param milestones when the second, third, .. begins
   */
  record Sequence(List<Schedule> parts, List<Double> milestones) implements Schedule {
    public Sequence {
      parts = List.copyOf(parts);
      milestones = rising(milestones);
      if (parts.size() != milestones.size() + 1) {
        throw new IllegalArgumentException(
            "milestones must be one fewer than parts, but are "
                + milestones.size()
                + " for "
                + parts.size()
                + " parts");
      }
    }

    /** A warm-up over the first twentieth, then a cosine to 0. */
    public Sequence() {
      this(List.of(Linear.warmup(0.05, 0), new Cosine(0.95, 0)), List.of(0.05));
    }

    @Override
    public double lr(double base, double time) {
      int i = reached(milestones, time);
      return parts.get(i).lr(base, i == 0 ? time : time - milestones.get(i - 1));
    }

    @Override
    public OptionalDouble momentum(double time) {
      int i = reached(milestones, time);
      return parts.get(i).momentum(i == 0 ? time : time - milestones.get(i - 1));
    }
  }

  private static int reached(List<Double> milestones, double time) {
    return (int) milestones.stream().filter(m -> m <= time).count();
  }

  private static List<Double> rising(List<Double> milestones) {
    for (int i = 1; i < milestones.size(); i++) {
      if (!(milestones.get(i) > milestones.get(i - 1))) {
        throw new IllegalArgumentException("milestones must rise, but are " + milestones);
      }
    }
    return List.copyOf(milestones);
  }
}
