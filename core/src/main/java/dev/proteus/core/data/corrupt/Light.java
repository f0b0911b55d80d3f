package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;

/** Brightness and contrast. */
final class Light {
  private static final double[][] BRIGHTNESS_CIFAR = {{0.05}, {0.1}, {0.15}, {0.2}, {0.3}};
  private static final double[][] BRIGHTNESS_IMAGENET = {{0.1}, {0.2}, {0.3}, {0.4}, {0.5}};
  private static final double[][] CONTRAST_CIFAR = {{0.75}, {0.5}, {0.4}, {0.3}, {0.15}};
  private static final double[][] CONTRAST_IMAGENET = {{0.4}, {0.3}, {0.2}, {0.1}, {0.05}};

  private Light() {}

  /**
   * Adds c to the value V = max(R, G, B) of hue, saturation and value. As hue and saturation are
   * ratios, that is {@code x min(V + c, 1) / V}; black becomes grey.
   */
  static Tensor brightness(Tensor x, Level level, Draws draws) {
    double c = level.of(BRIGHTNESS_CIFAR, BRIGHTNESS_IMAGENET)[0];
    Tensor value = x.div(255).amax(1, true);
    Tensor brighter = value.add(c).clamp_(0, 1);
    return value.eq(0).where(brighter, x.div(255).div_(value).mul_(brighter)).mul_(255);
  }

  /** {@code (x - m) c + m}, where m is the channel's mean over the image. */
  static Tensor contrast(Tensor x, Level level, Draws draws) {
    double c = level.of(CONTRAST_CIFAR, CONTRAST_IMAGENET)[0];
    Tensor u = x.div(255);
    Tensor mean = u.mean(new int[] {2, 3}, true);
    return u.sub(mean).mul_(c).add_(mean).clamp_(0, 1).mul_(255);
  }

  /** 0.299 R + 0.587 G + 0.114 B, [N,1,H,W]; of one channel, a copy of it. */
  static Tensor luma(Tensor x) {
    return x.size(1) == 1
        ? x.copy()
        : x.mul(Tensor.of(new double[] {0.299, 0.587, 0.114}, 1, 3, 1, 1)).sum(1, true);
  }
}
