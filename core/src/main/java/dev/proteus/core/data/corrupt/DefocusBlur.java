package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Out of focus: convolution with a disk, whose edge a small Gaussian smooths. Borders are mirrored
 * about the outermost pixel.
 */
final class DefocusBlur {
  /** Radius of the disk; sigma of the Gaussian. */
  private static final double[][] CIFAR = {
    {0.3, 0.4}, {0.4, 0.5}, {0.5, 0.6}, {1, 0.2}, {1.5, 0.1}
  };

  private static final double[][] IMAGENET = {{3, 0.1}, {4, 0.5}, {6, 0.5}, {8, 0.5}, {10, 0.5}};

  private DefocusBlur() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    float[][] disk = disk(c[0], c[1]);
    int reach = disk.length / 2;
    Tensor padded = pad(x, reach);
    Tensor out = x.zerosLike();
    // shifted sums: the engine's convolution is many times slower in float64
    for (int i = 0; i < disk.length; i++) {
      for (int j = 0; j < disk.length; j++) {
        if (disk[i][j] != 0) {
          try (Scope s = Scope.open()) {
            out.add_(padded.narrow(2, i, x.size(2)).narrow(3, j, x.size(3)), disk[i][j]);
          }
        }
      }
    }
    return out;
  }

  /**
   * The smoothed disk, [k][k] with odd k. The published grid is 17 wide, or just the disk where its
   * radius is above 8. Where the disk fills it (radius 8 and 10), the smoothing meets a border
   * mirrored about the outermost pixel, and the weights sum to more than 1.
   */
  static float[][] disk(double radius, double sigma) {
    int half = radius <= 8 ? 8 : (int) radius;
    int n = 2 * half + 1;
    double[] disk = new double[n * n];
    double sum = 0;
    for (int i = 0; i < n * n; i++) {
      int dy = i / n - half;
      int dx = i % n - half;
      disk[i] = dx * dx + dy * dy <= radius * radius ? 1 : 0;
      sum += disk[i];
    }
    int smoothing = radius <= 8 ? 1 : 2;
    // truncate so that the radius is the published kernel size
    Tensor blur =
        Resample.gaussian(n, sigma, smoothing / sigma, Resample::mirroredAboutPixel)
            .to(DType.FLOAT32);
    Tensor sharp = Tensor.of(disk, n, n).div(sum).to(DType.FLOAT32);
    int reach = Math.min(half, (int) radius + smoothing);
    // float32 as published: the last bits decide which level an even area is cut to
    float[] values = Resample.apply(sharp, blur, blur).toFloats();
    float[][] cut = new float[2 * reach + 1][];
    for (int i = 0; i < cut.length; i++) {
      int start = (half - reach + i) * n + half - reach;
      cut[i] = Arrays.copyOfRange(values, start, start + cut.length);
    }
    return cut;
  }

  private static Tensor pad(Tensor x, int reach) {
    return x.indexSelect(2, positions((int) x.size(2), reach))
        .indexSelect(3, positions((int) x.size(3), reach));
  }

  private static Tensor positions(int n, int reach) {
    return Tensor.of(
        IntStream.range(-reach, n + reach)
            .mapToLong(i -> Resample.mirroredAboutPixel(i, n))
            .toArray(),
        n + 2 * reach);
  }
}
