package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.Tensor;

/**
 * Frosted glass: Gaussian blur; then, pixel by pixel from the last to the first, each takes the
 * value of a random neighbour; then the blur again.
 *
 * <p>The published code means to swap the two pixels, but its swap of array views leaves the
 * neighbour unchanged. The published data sets are made so, and so is this.
 */
final class GlassBlur {
  /** Sigma of the blur, reach of the neighbours, repetitions. */
  private static final double[][] CIFAR = {
    {0.05, 1, 1}, {0.25, 1, 1}, {0.4, 1, 1}, {0.25, 1, 2}, {0.4, 1, 2}
  };

  private static final double[][] IMAGENET = {
    {0.7, 1, 2}, {0.9, 2, 1}, {1, 2, 3}, {1.1, 3, 2}, {1.5, 4, 2}
  };

  private GlassBlur() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    int reach = (int) c[1];
    int times = (int) c[2];
    int n = (int) x.size(0);
    int channels = (int) x.size(1);
    int height = (int) x.size(2);
    int width = (int) x.size(3);
    Tensor rows = Resample.gaussian(height, c[0], 4, Resample::nearest);
    Tensor columns = Resample.gaussian(width, c[0], 4, Resample::nearest);
    double[] pixels = Resample.apply(x.div(255), rows, columns).mul_(255).floor().toDoubles();
    long[] steps =
        draws
            .integers(-reach, reach, n, times, height - 2L * reach, width - 2L * reach, 2)
            .toLongs();
    int plane = height * width;
    int at = 0;
    for (int image = 0; image < n; image++) {
      int start = image * channels * plane;
      for (int t = 0; t < times; t++) {
        for (int h = height - reach; h > reach; h--) {
          for (int w = width - reach; w > reach; w--) {
            int dx = (int) steps[at++];
            int dy = (int) steps[at++];
            int to = start + h * width + w;
            int from = to + dy * width + dx;
            for (int k = 0; k < channels; k++) {
              pixels[to + k * plane] = pixels[from + k * plane];
            }
          }
        }
      }
    }
    return Resample.apply(Tensor.of(pixels, x.shape()).div_(255), rows, columns)
        .clamp_(0, 1)
        .mul_(255);
  }
}
