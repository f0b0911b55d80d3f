package dev.proteus.core.nn;

import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/**
 * The place where a layer holds a child. Any position of any network can be read, observed or
 * replaced here, by path; the slot knows which class it takes.
 *
 * <pre>{@code
 * private final Slot<Layer> query = slot("query", new Linear(d, d));
 * …
 * Tensor q = query.call(x);
 * }</pre>
 */
public final class Slot<L extends Layer> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Layer owner;
  private final String name;
  private final Class<L> bound;
  private L layer;
  private transient List<Observer> observers;

  Slot(Layer owner, String name, Class<L> bound, L layer) {
    this.owner = owner;
    this.name = name;
    this.bound = bound;
    this.layer = check(layer);
  }

  /** Sees the input and the output of each call of a slot. */
  @FunctionalInterface
  public interface Observer {
    void saw(Tensor input, Tensor output);
  }

  /** An observer at work; it stops when this closes. */
  public interface Observation extends AutoCloseable {
    @Override
    void close();
  }

  public L get() {
    return layer;
  }

  /** Name within the owner; may have dots. */
  public String name() {
    return name;
  }

  /** The layer that this slot is part of. */
  public Layer owner() {
    return owner;
  }

  /** What a replacement must be. */
  public Class<L> bound() {
    return bound;
  }

  /**
   * Puts another layer here.
   *
   * @return the layer that was here before
   * @throws IllegalArgumentException if the slot does not take its class
   */
  public L replace(Layer with) {
    L before = layer;
    layer = check(with);
    return before;
  }

  private L check(Layer candidate) {
    if (!bound.isInstance(candidate)) {
      throw new IllegalArgumentException(
          "slot '"
              + name
              + "' of "
              + owner.getClass().getSimpleName()
              + " takes a "
              + bound.getSimpleName()
              + ", got "
              + (candidate == null ? "null" : "a " + candidate.getClass().getSimpleName()));
    }
    return bound.cast(candidate);
  }

  /** Runs the layer here. */
  public Tensor call(Tensor x) {
    Tensor y = layer.forward(x);
    if (observers != null) {
      notifyObservers(x, y);
    }
    return y;
  }

  /**
   * Runs a layer that takes more than one tensor: {@code attention.call(x, (a, in) -> a.attend(in,
   * mask))}.
   */
  public Tensor call(Tensor x, BiFunction<? super L, Tensor, Tensor> f) {
    Tensor y = f.apply(layer, x);
    if (observers != null) {
      notifyObservers(x, y);
    }
    return y;
  }

  /** Shows every call to {@code o} until the result is closed. */
  public Observation observe(Observer o) {
    if (observers == null) {
      observers = new CopyOnWriteArrayList<>();
    }
    observers.add(o);
    return () -> {
      if (observers != null) {
        observers.remove(o);
        if (observers.isEmpty()) {
          observers = null;
        }
      }
    };
  }

  private void notifyObservers(Tensor x, Tensor y) {
    // An observer may keep what it sees until the scope of the whole forward pass closes.
    Scope.outliveLean(x);
    Scope.outliveLean(y);
    for (Observer o : observers) {
      o.saw(x, y);
    }
  }
}
