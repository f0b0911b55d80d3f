package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** y = shortcut(x) + body(x); the shortcut is by default x itself. */
public final class Residual extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> body;
  private final Slot<Layer> shortcut;

  public Residual(Layer body) {
    this(body, new Identity());
  }

  /**
   * @param shortcut makes x the shape of the body's output
   */
  public Residual(Layer body, Layer shortcut) {
    this.body = slot("body", body);
    this.shortcut = slot("shortcut", shortcut);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor change = body.call(x);
    Tensor base = shortcut.call(x);
    if (!java.util.Arrays.equals(base.shape(), change.shape())) {
      throw wrongInput("a body that gives the shortcut's shape, " + base.describe(), change);
    }
    return base.add(change);
  }
}
