package dev.proteus.core.tensor;

import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A seeded source of random numbers (the engine's Mersenne twister, so that a seed gives the same
 * numbers as in PyTorch). A run owns one and opens it with {@link #use()}; layers that draw, such
 * as dropout and every initialisation, take the current one.
 */
public final class Generator {
  /** Seed of a thread's generator where none is open: the one that PyTorch starts with. */
  private static final long DEFAULT_SEED = 67280421310721L;

  private static final ThreadLocal<Generator> CURRENT = new ThreadLocal<>();

  private final org.bytedeco.pytorch.Generator handle;
  private final GeneratorOptional optional;

  private Generator(long seed) {
    Engine.load();
    handle = torch.make_generator_cpu(seed);
    handle.retainReference();
    optional = new GeneratorOptional(handle);
    optional.retainReference();
  }

  public static Generator seeded(long seed) {
    return new Generator(seed);
  }

  /** The generator that is open in this thread; a fixed-seed one of the thread where none is. */
  public static Generator current() {
    Generator g = CURRENT.get();
    if (g == null) {
      g = new Generator(DEFAULT_SEED);
      CURRENT.set(g);
    }
    return g;
  }

  /** Makes this the current generator of the thread until the result is closed. */
  public Use use() {
    return new Use(this);
  }

  /** Puts the generator that was current before back when it closes. */
  public static final class Use implements AutoCloseable {
    private final Generator before = CURRENT.get();

    private Use(Generator g) {
      CURRENT.set(g);
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

  /** Restarts the sequence of a seed. */
  public void seed(long seed) {
    handle.set_current_seed(seed);
  }

  /** The whole state as bytes, [5056]; {@link #restore} continues exactly there. */
  public Tensor state() {
    return Tensor.own(handle.get_state());
  }

  public void restore(Tensor state) {
    // The engine reads the state with aligned loads: a view into a file would crash it.
    try (Scope s = Scope.open()) {
      handle.set_state(state.copy().h());
    } catch (RuntimeException e) {
      throw Native.failure("Generator.restore", e, state);
    }
  }

  /** A new generator, seeded by this one's next draw: independent streams from one seed. */
  public Generator fork() {
    return new Generator(nextLong());
  }

  /** A draw from 0 up to 2^63 - 1. */
  public long nextLong() {
    try (Scope s = Scope.open()) {
      return Tensor.zeros(DType.INT64, 1).random_(Long.MAX_VALUE, this).itemLong();
    }
  }

  /** A draw from 0 up to {@code bound} - 1. */
  public int nextInt(int bound) {
    try (Scope s = Scope.open()) {
      return (int) Tensor.zeros(DType.INT64, 1).random_(bound, this).itemLong();
    }
  }

  /** A uniform draw from [0, 1). */
  public double nextDouble() {
    try (Scope s = Scope.open()) {
      return Tensor.zeros(DType.FLOAT64, 1).uniform_(0, 1, this).item();
    }
  }

  /** Uniform on [from, to), float32. */
  public Tensor uniform(double from, double to, long... shape) {
    return Tensor.empty(DType.FLOAT32, shape).uniform_(from, to, this);
  }

  /** Normal with this mean and standard deviation, float32. */
  public Tensor normal(double mean, double std, long... shape) {
    return Tensor.empty(DType.FLOAT32, shape).normal_(mean, std, this);
  }

  /** Ones with probability {@code p}, else zeros, float32. */
  public Tensor bernoulli(double p, long... shape) {
    return Tensor.empty(DType.FLOAT32, shape).bernoulli_(p, this);
  }

  /** A random order of 0 .. n-1, int64 [n]. */
  public Tensor permutation(long n) {
    return Tensor.own(torch.randperm(n, optional, Tensor.options(DType.INT64, Device.CPU)));
  }

  /** Integers from {@code from} up to {@code to} - 1, int64. */
  public Tensor integers(long from, long to, long... shape) {
    return Tensor.zeros(DType.INT64, shape).random_(to - from, this).add((double) from);
  }

  GeneratorOptional optional() {
    return optional;
  }
}
