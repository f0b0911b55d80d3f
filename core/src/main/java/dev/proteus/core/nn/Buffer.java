package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** A tensor of a layer that is saved but not trained, such as a running mean. */
public final class Buffer extends Stored {
  private static final long serialVersionUID = 1L;

  public Buffer(Tensor value) {
    super(value.detach());
  }
}
