package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/** A moving camera, at a random angle within 45 degrees of the horizontal. */
final class MotionBlur {
  /** Radius and sigma of the trail, in pixels. */
  private static final double[][] CIFAR = {{6, 1}, {6, 1.5}, {6, 2}, {8, 2}, {9, 2.5}};

  private static final double[][] IMAGENET = {{10, 3}, {15, 5}, {15, 8}, {15, 12}, {20, 15}};

  private MotionBlur() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    return trail(x, (int) c[0], c[1], draws.uniform(-45, 45, x.size(0)).toDoubles());
  }

  /**
   * ImageMagick's motion blur: {@code y(p) = sum_i k_i x(p + o_i)} for i from 0 to 2 radius, with
   * {@code k_i ~ exp(-i^2 / 2 sigma^2)} of sum 1 and {@code o_i} the pixel nearest to i steps along
   * the angle; outside, the nearest pixel. The result is rounded to 16 bits and cut to 8, as
   * ImageMagick's channels are.
   *
   * @param x whole numbers from 0 to 255, [N,C,H,W]
   * @param angles degrees, [N]
   */
  static Tensor trail(Tensor x, int radius, double sigma, double[] angles) {
    int taps = 2 * radius + 1;
    double[] weights = new double[taps];
    double sum = 0;
    for (int i = 0; i < taps; i++) {
      weights[i] = Math.exp(-i * i / (2 * sigma * sigma));
      sum += weights[i];
    }
    Tensor flat = x.flatten(2, 3);
    Tensor out = flat.zerosLike();
    for (int i = 0; i < taps; i++) {
      try (Scope s = Scope.open()) {
        Tensor index = shifted(i, angles, (int) x.size(2), (int) x.size(3)).expand(flat.shape());
        out.add_(flat.gather(2, index), weights[i] / sum);
      }
    }
    return out.mul_(257).round().div_(257).floor().reshape(x.shape());
  }

  /** For each pixel the one that is {@code i} steps along the angle, [N,1,H W]. */
  private static Tensor shifted(int i, double[] angles, int height, int width) {
    int n = angles.length;
    long[] dy = new long[n];
    long[] dx = new long[n];
    for (int k = 0; k < n; k++) {
      double a = Math.toRadians(angles[k]);
      dy[k] = (long) Math.ceil(i * Math.sin(a) - 0.5);
      dx[k] = (long) Math.ceil(i * Math.cos(a) - 0.5);
    }
    Tensor rows = Tensor.of(dy, n, 1, 1, 1).add(Tensor.arange(height).reshape(1, 1, height, 1));
    Tensor columns = Tensor.of(dx, n, 1, 1, 1).add(Tensor.arange(width).reshape(1, 1, 1, width));
    return rows.clamp_(0, height - 1).mul_(width).add(columns.clamp_(0, width - 1)).flatten(2, 3);
  }
}
