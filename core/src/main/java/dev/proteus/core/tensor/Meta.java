package dev.proteus.core.tensor;

import java.util.function.LongPredicate;

/**
 * A mode of this thread in which {@link Tensor#empty} allocates nothing: it makes meta tensors,
 * which have a shape and a type and no values. A network built in it costs neither memory nor
 * random numbers, because new weights are empty tensors that an initialisation fills, and filling a
 * meta tensor does nothing. Constants (zeros, ones, ranges, arrays) have their values as ever.
 *
 * <pre>{@code
 * try (Meta none = Meta.open()) {
 *   net = new ResNet(config);
 * }
 * net.adopt(file.tensors());
 * }</pre>
 */
public final class Meta implements AutoCloseable {
  private static final ThreadLocal<Meta> CURRENT = new ThreadLocal<>();

  private final Meta before = CURRENT.get();
  private final LongPredicate real;

  private Meta(LongPredicate real) {
    this.real = real;
    CURRENT.set(this);
  }

  /** Until the result is closed. */
  public static Meta open() {
    return except(numel -> false);
  }

  /** Like {@link #open()}, but tensors of such numbers of elements are allocated after all. */
  public static Meta except(LongPredicate numel) {
    return new Meta(numel);
  }

  static Device deviceFor(long[] shape) {
    Meta mode = CURRENT.get();
    if (mode == null) {
      return Device.CPU;
    }
    long numel = 1;
    for (long s : shape) {
      numel *= s;
    }
    return mode.real.test(numel) ? Device.CPU : Device.META;
  }

  @Override
  public void close() {
    if (before == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(before);
    }
  }
}
