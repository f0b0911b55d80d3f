package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** Joins dimensions {@code from} to {@code to}, both included; by default all but the batch's. */
public final class Flatten extends Layer {
  private static final long serialVersionUID = 1L;

  private final int from;
  private final int to;

  public Flatten() {
    this(1, -1);
  }

  public Flatten(int from, int to) {
    this.from = from;
    this.to = to;
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.flatten(from, to);
  }
}
