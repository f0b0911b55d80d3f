package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;

/**
 * Down to a share c of the side and up again by box filters. Like Pillow's, an output pixel is the
 * mean of the input pixels whose centres lie in its box, rounded after the columns and after the
 * rows.
 */
final class Pixelate {
  private static final double[][] CIFAR = {{0.95}, {0.9}, {0.85}, {0.75}, {0.65}};
  private static final double[][] IMAGENET = {{0.6}, {0.5}, {0.4}, {0.3}, {0.25}};

  private Pixelate() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double c = level.of(CIFAR, IMAGENET)[0];
    int height = (int) x.size(2);
    int width = (int) x.size(3);
    Tensor small = resize(x, (int) (height * c), (int) (width * c));
    return resize(small, height, width);
  }

  private static Tensor resize(Tensor x, int height, int width) {
    Tensor columns = x.matmul(box((int) x.size(3), width).t()).add_(0.5).floor();
    return box((int) x.size(2), height).matmul(columns).add_(0.5).floor();
  }

  private static Tensor box(int from, int to) {
    double scale = (double) from / to;
    double reach = 0.5 * Math.max(scale, 1);
    double[] m = new double[to * from];
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * scale;
      int first = Math.max((int) (centre - reach + 0.5), 0);
      int end = Math.min((int) (centre + reach + 0.5), from);
      for (int j = first; j < end; j++) {
        m[i * from + j] = 1.0 / (end - first);
      }
    }
    return Tensor.of(m, to, from);
  }
}
