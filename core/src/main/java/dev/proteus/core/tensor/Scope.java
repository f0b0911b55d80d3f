package dev.proteus.core.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;

/**
 * An arena for tensors: those made while it is open are freed when it closes.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *   Tensor loss = objective.of(net.forward(x), y);
 *   loss.backward();
 *   stepper.step();
 * }
 * }</pre>
 *
 * <p>Training opens one a step, inference one a block. A scope belongs to the thread that opened
 * it, and the innermost closes first. Parameters and buffers of layers outlive every scope.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

  private final Scope parent;
  private final boolean lean;
  private final Thread owner = Thread.currentThread();
  private final PointerScope arena;
  private final List<AutoCloseable> onClose = new ArrayList<>();
  private boolean closed;

  private Scope(boolean lean) {
    Engine.load();
    this.lean = lean;
    parent = CURRENT.get();
    arena = new PointerScope();
    CURRENT.set(this);
  }

  public static Scope open() {
    return new Scope(false);
  }

  /**
   * The value of {@code f}; what it made on the way is freed at once where no gradients are
   * recorded. (Where they are, the backward pass needs most of it.) For parts of large networks:
   * inference then takes less memory, and what it has freed is still in the cache for the next
   * part.
   */
  public static Tensor lean(Supplier<Tensor> f) {
    if (Autograd.isEnabled()) {
      return f.get();
    }
    try (Scope part = new Scope(true)) {
      return part.keep(f.get());
    }
  }

  /**
   * Lets a tensor made inside {@link #lean} live as long as without it: for who sees the tensors of
   * a network from outside.
   */
  public static void outliveLean(Tensor t) {
    Scope s = CURRENT.get();
    if (s == null || !s.lean) {
      return;
    }
    while (s != null && s.lean) {
      s = s.parent;
    }
    if (s == null) {
      t.retain();
    } else {
      s.arena.attach(t.h());
    }
  }

  /** The innermost open scope of this thread, or null. */
  public static Scope current() {
    return CURRENT.get();
  }

  /**
   * Lets a tensor of this scope live on: in the scope around this one, or, where there is none,
   * until nothing refers to it.
   *
   * @return the same tensor
   */
  public Tensor keep(Tensor t) {
    check("keep");
    if (parent == null) {
      t.retain();
    } else {
      parent.arena.attach(t.h());
    }
    return t;
  }

  /**
   * Takes over a tensor from another thread, where it was born outside any scope or was kept by an
   * outermost one: it is freed when this scope closes.
   *
   * @return the same tensor
   */
  public Tensor adopt(Tensor t) {
    check("adopt");
    arena.attach(t.h());
    if (t.h().referenceCount() > 1) {
      t.h().releaseReference(); // the one that keep() took for the way here
    }
    return t;
  }

  void closing(AutoCloseable resource) {
    onClose.add(resource);
  }

  private void check(String what) {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          what + ": the scope belongs to thread '" + owner.getName() + "'; open one of your own");
    }
    if (closed) {
      throw new IllegalStateException(what + ": the scope is closed");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    check("close");
    if (CURRENT.get() != this) {
      throw new IllegalStateException("close the inner scope first; use try-with-resources");
    }
    closed = true;
    for (AutoCloseable c : onClose) {
      try {
        c.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing " + c + " failed", e);
      }
    }
    arena.close();
    if (parent == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(parent);
    }
  }
}
