package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** How a residual block changes the resolution. */
enum Resample {
  NONE,
  /** Averages of 2x2 pixels. */
  DOWN,
  /** Each pixel four times. */
  UP;

  Tensor apply(Tensor x) {
    long[] two = {2, 2};
    return switch (this) {
      case NONE -> x;
      case DOWN -> F.avgPool2d(x, two, two, new long[] {0, 0}, false, true);
      case UP -> F.upsampleNearest(x, 2 * x.size(2), 2 * x.size(3));
    };
  }
}
