package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/** Magnifying an image about its centre, and the blur of a camera that moves forward. */
final class Zoom {
  /** Largest magnification (excluded), step. */
  private static final double[][] CIFAR = {
    {1.06, 0.01}, {1.11, 0.01}, {1.16, 0.01}, {1.21, 0.01}, {1.26, 0.01}
  };

  private static final double[][] IMAGENET = {
    {1.11, 0.01}, {1.16, 0.01}, {1.21, 0.02}, {1.26, 0.02}, {1.31, 0.03}
  };

  private Zoom() {}

  /** The mean of the image and of its magnifications by 1, 1 + step, … */
  static Tensor blur(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    // the published ranges are floating-point ones: 1.06 itself is in the first
    int factors = (int) Math.ceil((c[0] - 1) / c[1]);
    Tensor sum = x.copy();
    for (int i = 0; i < factors; i++) {
      try (Scope s = Scope.open()) {
        sum.add_(in(x, 1 + i * (1 + c[1] - 1)));
      }
    }
    return sum.div_(factors + 1);
  }

  /**
   * Magnifies the middle of [N,C,H,W] to [N,C,H,W]: the central {@code ceil(H / factor)} rows are
   * stretched linearly, first and last one staying such, and trimmed to the middle; so the columns.
   */
  static Tensor in(Tensor x, double factor) {
    return Resample.apply(x, matrix((int) x.size(2), factor), matrix((int) x.size(3), factor));
  }

  private static Tensor matrix(int n, double factor) {
    int crop = (int) Math.ceil(n / factor);
    int top = (n - crop) / 2;
    int stretched = (int) Math.rint(crop * factor);
    int trim = (stretched - n) / 2;
    double[] m = new double[n * n];
    for (int i = 0; i < n; i++) {
      double at = (i + trim) * ((crop - 1.0) / (stretched - 1));
      int low = Math.min((int) at, crop - 1);
      double part = at - low;
      m[i * n + top + low] += 1 - part;
      m[i * n + top + Math.min(low + 1, crop - 1)] += part;
    }
    return Tensor.of(m, n, n);
  }
}
