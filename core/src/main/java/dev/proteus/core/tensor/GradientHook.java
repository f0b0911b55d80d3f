package dev.proteus.core.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/**
 * A function that sees, and may replace, the gradient of one tensor. It lives until it is closed,
 * or until the scope that it was made in closes.
 */
public final class GradientHook implements AutoCloseable {
  private static final AtomicLong IDS = new AtomicLong();
  // The engine holds only a weak idea of its callbacks: what nothing holds is collected.
  private static final Map<Long, GradientHook> ALIVE = new ConcurrentHashMap<>();
  private static final Map<Long, Throwable> THROWN = new ConcurrentHashMap<>();
  private static final Pattern MARK = Pattern.compile("proteus-gradient-hook-(\\d+)");

  private final long id = IDS.incrementAndGet();
  private final Tensor tensor;
  private final int handle;
  private final Callback callback;

  GradientHook(Tensor tensor, UnaryOperator<Tensor> f) {
    this.tensor = tensor;
    this.callback = new Callback(id, f);
    callback.retainReference();
    this.handle = tensor.h().register_hook(callback);
    ALIVE.put(id, this);
    Scope scope = Scope.current();
    if (scope != null) {
      scope.closing(this);
    }
  }

  @Override
  public void close() {
    if (ALIVE.remove(id) != null) {
      if (tensor.isOpen()) {
        tensor.h().remove_hook(handle);
      }
      callback.releaseReference();
    }
  }

  /** Translates an error of a backward pass; a hook's own exception becomes the cause. */
  static RuntimeException failure(String op, RuntimeException e, Tensor... operands) {
    Matcher m = MARK.matcher(String.valueOf(e.getMessage()));
    if (m.find()) {
      Throwable thrown = THROWN.remove(Long.valueOf(m.group(1)));
      if (thrown != null) {
        return new TensorException(op + ": a gradient hook failed: " + thrown.getMessage(), thrown);
      }
    }
    return Native.failure(op, e, operands);
  }

  private static final class Callback extends TensorTensorHook {
    private final long id;
    private final transient UnaryOperator<Tensor> f;

    Callback(long id, UnaryOperator<Tensor> f) {
      this.id = id;
      this.f = f;
    }

    @Override
    public TensorBase call(TensorBase gradient) {
      try {
        Tensor result = f.apply(new Tensor(new org.bytedeco.pytorch.Tensor(gradient)));
        // null means unchanged; to the engine that is an undefined tensor, null would crash it
        return result == null ? new org.bytedeco.pytorch.Tensor() : result.h();
      } catch (Throwable t) {
        THROWN.put(id, t);
        throw new RuntimeException("proteus-gradient-hook-" + id);
      }
    }
  }
}
