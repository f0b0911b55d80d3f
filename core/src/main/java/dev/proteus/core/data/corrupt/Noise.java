package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;

/** Noise, independent for every pixel and channel; u is the pixel in [0, 1]. */
final class Noise {
  private static final double[][] GAUSSIAN_CIFAR = {{0.04}, {0.06}, {0.08}, {0.09}, {0.10}};
  private static final double[][] GAUSSIAN_IMAGENET = {{0.08}, {0.12}, {0.18}, {0.26}, {0.38}};
  private static final double[][] SHOT_CIFAR = {{500}, {250}, {100}, {75}, {50}};
  private static final double[][] SHOT_IMAGENET = {{60}, {25}, {12}, {5}, {3}};
  private static final double[][] IMPULSE_CIFAR = {{0.01}, {0.02}, {0.03}, {0.05}, {0.07}};
  private static final double[][] IMPULSE_IMAGENET = {{0.03}, {0.06}, {0.09}, {0.17}, {0.27}};

  private Noise() {}

  /** u + N(0, c^2): poor light. */
  static Tensor gaussian(Tensor x, Level level, Draws draws) {
    double c = level.of(GAUSSIAN_CIFAR, GAUSSIAN_IMAGENET)[0];
    return x.div(255).add_(draws.normal(0, c, x.shape())).clamp_(0, 1).mul_(255);
  }

  /** Poisson(c u) / c: each photon counts. */
  static Tensor shot(Tensor x, Level level, Draws draws) {
    double c = level.of(SHOT_CIFAR, SHOT_IMAGENET)[0];
    return draws.poisson(x.div(255).mul_(c)).div(c).clamp_(0, 1).mul_(255);
  }

  /** A share c of all values becomes 0 or 1, each as likely: broken cells. */
  static Tensor impulse(Tensor x, Level level, Draws draws) {
    double c = level.of(IMPULSE_CIFAR, IMPULSE_IMAGENET)[0];
    Tensor hit = draws.uniform(0, 1, x.shape()).le(c);
    Tensor salt = draws.uniform(0, 1, x.shape()).le(0.5);
    return hit.where(salt.to(x.dtype()).mul(255), x);
  }
}
