package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;

/** Mean over all positions: [N, C, ..] to [N, C]. */
public final class GlobalAvgPool extends Layer {
  private static final long serialVersionUID = 1L;

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() < 3) {
      throw wrongInput("[N, C, ..] with at least one spatial dimension", x);
    }
    return x.flatten(2, -1).mean(2);
  }
}
