package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;
import java.util.function.IntBinaryOperator;

/**
 * Separable linear filters of images as two small matrices: {@code y = R x C^T} with R [h,H] for
 * the rows and C [w,W] for the columns.
 */
final class Resample {
  private Resample() {}

  /** Filters x [N,C,H,W] to [N,C,h,w]. */
  static Tensor apply(Tensor x, Tensor rows, Tensor columns) {
    return rows.matmul(x.matmul(columns.t()));
  }

  /**
   * A Gaussian filter of n pixels with radius {@code int(truncate sigma + 0.5)}, as SciPy has it.
   *
   * @param border which pixel stands for the one at a position outside, by position and n
   */
  static Tensor gaussian(int n, double sigma, double truncate, IntBinaryOperator border) {
    int radius = (int) (truncate * sigma + 0.5);
    double[] weights = new double[2 * radius + 1];
    double sum = 0;
    for (int j = -radius; j <= radius; j++) {
      // without a radius sigma may be 0
      weights[j + radius] = radius == 0 ? 1 : Math.exp(-0.5 * j * j / (sigma * sigma));
      sum += weights[j + radius];
    }
    double[] matrix = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = -radius; j <= radius; j++) {
        matrix[i * n + border.applyAsInt(i + j, n)] += weights[j + radius] / sum;
      }
    }
    return Tensor.of(matrix, n, n);
  }

  /** The nearest pixel: a a | a b c d | d d. */
  static int nearest(int i, int n) {
    return Math.min(Math.max(i, 0), n - 1);
  }

  /** Mirrored about the edge: b a | a b c d | d c. */
  static int mirrored(int i, int n) {
    int k = Math.floorMod(i, 2 * n);
    return k < n ? k : 2 * n - 1 - k;
  }

  /** Mirrored about the outermost pixel: c b | a b c d | c b. */
  static int mirroredAboutPixel(int i, int n) {
    int k = Math.floorMod(i, 2 * n - 2);
    return k < n ? k : 2 * n - 2 - k;
  }
}
