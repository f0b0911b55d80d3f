package dev.proteus.core.nn;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import java.io.Serializable;
import java.util.Arrays;
import java.util.IdentityHashMap;

/** A tensor that belongs to a layer: a {@link Parameter} (trained) or a {@link Buffer} (kept). */
public abstract class Stored implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Values that stand in during {@link Layer#using}; per thread, innermost wins. */
  private static final ThreadLocal<IdentityHashMap<Stored, Tensor>> OVERLAY = new ThreadLocal<>();

  // The engine's tensor is not serialisable: Layer.copy swaps it out, and nothing else serialises.
  private Tensor value;

  Stored(Tensor value) {
    this.value = value.retain();
  }

  /** The tensor; inside {@link Layer#using} the one that stands in for it. */
  public Tensor value() {
    IdentityHashMap<Stored, Tensor> overlay = OVERLAY.get();
    if (overlay != null) {
      Tensor t = overlay.get(this);
      if (t != null) {
        return t;
      }
    }
    return value;
  }

  /**
   * Copies new values in; the tensor stays the same object, so optimizer state stays attached.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public void assign(Tensor v) {
    if (!Arrays.equals(value.shape(), v.shape())) {
      throw new IllegalArgumentException(
          "expected shape "
              + Arrays.toString(value.shape())
              + ", got "
              + Arrays.toString(v.shape()));
    }
    Autograd.noGrad(() -> value.copy_(v));
  }

  /** Puts another tensor in place, of any shape, type and device; the old one is dropped. */
  public void replace(Tensor v) {
    value = v.retain();
  }

  static IdentityHashMap<Stored, Tensor> overlay() {
    return OVERLAY.get();
  }

  static void overlay(IdentityHashMap<Stored, Tensor> map) {
    if (map == null) {
      OVERLAY.remove();
    } else {
      OVERLAY.set(map);
    }
  }

  static IdentityHashMap<Stored, Tensor> newOverlay() {
    IdentityHashMap<Stored, Tensor> map = new IdentityHashMap<>();
    if (OVERLAY.get() != null) {
      map.putAll(OVERLAY.get());
    }
    return map;
  }
}
