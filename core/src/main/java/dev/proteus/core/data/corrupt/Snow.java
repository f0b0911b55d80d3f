package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;

/**
 * Falling snow: thresholded noise, magnified and blurred along a steep angle, is added to a paler
 * image; and once more turned by 180 degrees.
 */
final class Snow {
  /**
   * Mean and deviation of the noise, zoom, threshold, radius and sigma of the trail, image share.
   */
  private static final double[][] CIFAR = {
    {0.1, 0.2, 1, 0.6, 8, 3, 0.95},
    {0.1, 0.2, 1, 0.5, 10, 4, 0.9},
    {0.15, 0.3, 1.75, 0.55, 10, 4, 0.9},
    {0.25, 0.3, 2.25, 0.6, 12, 6, 0.85},
    {0.3, 0.3, 1.25, 0.65, 14, 12, 0.8}
  };

  private static final double[][] IMAGENET = {
    {0.1, 0.3, 3, 0.5, 10, 4, 0.8},
    {0.2, 0.3, 2, 0.5, 12, 4, 0.7},
    {0.55, 0.3, 4, 0.9, 12, 8, 0.7},
    {0.55, 0.3, 4.5, 0.85, 12, 8, 0.65},
    {0.55, 0.3, 2.5, 0.85, 12, 12, 0.55}
  };

  private Snow() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    long n = x.size(0);
    Tensor noise = Zoom.in(draws.normal(c[0], c[1], n, 1, x.size(2), x.size(3)), c[2]);
    Tensor flakes = noise.maskedFill(noise.lt(c[3]), 0).clamp_(0, 1).mul_(255).floor();
    Tensor snow =
        MotionBlur.trail(flakes, (int) c[4], c[5], draws.uniform(-135, -45, n).toDoubles());
    Tensor pale = x.maximum(Light.luma(x).mul_(1.5).add_(0.5 * 255));
    return x.mul(c[6]).add_(pale, 1 - c[6]).add_(snow).add_(snow.flip(2, 3));
  }
}
