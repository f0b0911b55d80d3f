package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** A tensor of a layer that training changes. Two layers that share one object are tied. */
public final class Parameter extends Stored {
  private static final long serialVersionUID = 1L;

  private boolean trainable = true;

  public Parameter(Tensor value) {
    super(value.detach());
    value().requiresGrad(value.dtype().isFloating());
  }

  /** The gradient that backward passes have added up, or null. */
  public Tensor grad() {
    return value().grad();
  }

  public boolean isTrainable() {
    return trainable;
  }

  /** A parameter that is not trainable records no gradient. */
  public Parameter trainable(boolean on) {
    trainable = on;
    value().requiresGrad(on && value().dtype().isFloating());
    return this;
  }

  @Override
  public void replace(Tensor v) {
    super.replace(v.detach());
    trainable(trainable);
  }
}
