package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/** Fog: a plasma fractal f in [0, 1] is added: {@code (x + c f) max(x) / (max(x) + c)}. */
final class Fog {
  /** Weight c of the fog; by which factor its roughness falls from each scale to the next. */
  private static final double[][] CIFAR = {{0.2, 3}, {0.5, 3}, {0.75, 2.5}, {1, 2}, {1.5, 1.75}};

  private static final double[][] IMAGENET = {{1.5, 2}, {2, 2}, {2.5, 1.7}, {2.5, 1.5}, {3, 1.4}};

  private Fog() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    int longer = (int) Math.max(x.size(2), x.size(3));
    int size = Integer.highestOneBit(longer - 1) * 2;
    Tensor fog =
        plasma(x.size(0), size, c[1], draws)
            .slice(1, 0, x.size(2))
            .slice(2, 0, x.size(3))
            .unsqueeze(1);
    Tensor u = x.div(255);
    Tensor max = u.amax(new int[] {1, 2, 3}, true);
    return u.add_(fog, c[0]).mul_(max).div_(max.add(c[0])).clamp_(0, 1).mul_(255);
  }

  /**
   * Height maps by the diamond-square algorithm on a torus: at each scale, centres of squares and
   * then centres of their edges get the mean of the four points around them plus a random offset.
   *
   * @param size of a side, a power of two
   * @return [n,size,size], each with minimum 0 and maximum 1
   */
  static Tensor plasma(long n, int size, double decay, Draws draws) {
    Tensor map = Tensor.zeros(DType.FLOAT64, n, size, size);
    double wibble = 100;
    for (int step = size; step >= 2; step /= 2) {
      int half = step / 2;
      Tensor corners = every(map, 0, 0, step);
      Tensor pairs = corners.add(corners.roll(-1, 1));
      Tensor centres = every(map, half, half, step);
      centres.copy_(wibbled(pairs.add(pairs.roll(-1, 2)), wibble, draws));
      Tensor horizontal = centres.add(centres.roll(1, 1)).add_(corners.add(corners.roll(-1, 2)));
      every(map, 0, half, step).copy_(wibbled(horizontal, wibble, draws));
      Tensor vertical = centres.add(centres.roll(1, 2)).add_(corners.add(corners.roll(-1, 1)));
      every(map, half, 0, step).copy_(wibbled(vertical, wibble, draws));
      wibble /= decay;
    }
    int[] sides = {1, 2};
    map.sub_(map.amin(sides, true));
    return map.div_(map.amax(sides, true));
  }

  private static Tensor every(Tensor map, int row, int column, int step) {
    return map.slice(1, row, map.size(1), step).slice(2, column, map.size(2), step);
  }

  /** The range of the offset is the square of wibble, as published. */
  private static Tensor wibbled(Tensor sumOfFour, double wibble, Draws draws) {
    return sumOfFour.div_(4).add_(draws.uniform(-wibble, wibble, sumOfFour.shape()), wibble);
  }
}
