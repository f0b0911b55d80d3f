package dev.proteus.core.nn;

import java.util.function.Supplier;

/**
 * A value for layers deep inside a network, opened around a forward call: a mask, a task, a time
 * step, that the layers in between know nothing of.
 *
 * <pre>{@code
 * public static final Context<Integer> TASK = new Context<>("task");
 * try (var open = TASK.open(3)) {
 *   y = net.forward(x);
 * }
 * }</pre>
 */
public final class Context<T> {
  private final String name;

  @SuppressWarnings("ThreadLocalUsage") // a context is itself a constant, one for each value
  private final ThreadLocal<T> value = new ThreadLocal<>();

  public Context(String name) {
    this.name = name;
  }

  /** Restores the value that was there before when it closes. */
  public final class Open implements AutoCloseable {
    private final T before = value.get();

    @Override
    public void close() {
      if (before == null) {
        value.remove();
      } else {
        value.set(before);
      }
    }
  }

  public Open open(T v) {
    Open open = new Open();
    value.set(v);
    return open;
  }

  /** The value of {@code f} with this context open. */
  public <R> R with(T v, Supplier<R> f) {
    try (Open o = open(v)) {
      return f.get();
    }
  }

  /** The open value, or {@code otherwise} where none is open. */
  public T orElse(T otherwise) {
    T v = value.get();
    return v == null ? otherwise : v;
  }

  /**
   * The open value.
   *
   * @throws IllegalStateException if none is open
   */
  public T get() {
    T v = value.get();
    if (v == null) {
      throw new IllegalStateException(
          "the context value '" + name + "' is not open; wrap the forward call in open(..)");
    }
    return v;
  }
}
