package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Stretching: a random affine map, then a random smooth displacement field. Both interpolate
 * linearly.
 *
 * <p>The published data sets were made with an OpenCV that rounds the affine map to 1/32 of a
 * pixel, which version 5 does not; that moves pixels by 0.1 to 0.25 levels on average and by 4 at
 * most.
 */
final class ElasticTransform {
  /** Displacement, its smoothness, and the affine map's jitter, as shares of the side. */
  private static final double[][] CIFAR = {
    {0, 0, 0.08}, {0.05, 0.2, 0.07}, {0.08, 0.06, 0.06}, {0.1, 0.04, 0.05}, {0.1, 0.03, 0.03}
  };

  private static final double[][] IMAGENET = {
    {2, 0.7, 0.1}, {2, 0.08, 0.2}, {0.05, 0.01, 0.02}, {0.07, 0.01, 0.02}, {0.12, 0.01, 0.02}
  };

  private ElasticTransform() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    long height = x.size(2);
    long width = x.size(3);
    double side = Math.min(height, width);
    if (level.benchmark() == Benchmark.IMAGENET_C) {
      // the published constants are shares of 244 at 224 pixels
      side *= 244.0 / 224;
    }
    Tensor jitter = draws.uniform(-c[2] * side, c[2] * side, x.size(0), 3, 2);
    Tensor affine = F.gridSampleMirrored(x, affineGrid(jitter, height, width), true);
    Tensor dx = field(x, c[0] * side, c[1] * side, draws);
    Tensor dy = field(x, c[0] * side, c[1] * side, draws);
    Tensor grid =
        Tensor.stack(
            3,
            normalised(dx.add(positions(width).reshape(1, 1, width)), (double) width),
            normalised(dy.add(positions(height).reshape(1, height, 1)), (double) height));
    return F.gridSampleMirrored(affine, grid, false);
  }

  /** Uniform noise on [-1, 1), smoothed by a Gaussian of this sigma, times alpha; [N,H,W]. */
  private static Tensor field(Tensor x, double alpha, double sigma, Draws draws) {
    Tensor rows = Resample.gaussian((int) x.size(2), sigma, 3, Resample::mirrored);
    Tensor columns = Resample.gaussian((int) x.size(3), sigma, 3, Resample::mirrored);
    Tensor noise = draws.uniform(-1, 1, x.size(0), x.size(2), x.size(3));
    return Resample.apply(noise, rows, columns).mul_(alpha);
  }

  /**
   * Where each pixel comes from under the affine map that moves three points p around the centre by
   * the jitter: {@code A (q, 1)} with {@code A = P Q^-1}, where the columns of Q are the moved
   * points with a 1 below, and those of P the points.
   */
  private static Tensor affineGrid(Tensor jitter, long height, long width) {
    // whole pixels
    double cx = Math.floor(width / 2.0);
    double cy = Math.floor(height / 2.0);
    double r = Math.floor(Math.min(height, width) / 3.0);
    Tensor points =
        Tensor.of(new double[] {cx + r, cy + r, cx + r, cy - r, cx - r, cy - r}, 1, 3, 2);
    Tensor moved = points.add(jitter);
    Tensor q = Tensor.cat(2, moved, Tensor.ones(jitter.size(0), 3, 1).to(DType.FLOAT64));
    // rows are points here, so that everything is transposed: A^T = Q^-1 P
    Tensor a = inverse(q).matmul(points);
    Tensor xs = positions(width).reshape(1, width).expand(height, width);
    Tensor ys = positions(height).reshape(height, 1).expand(height, width);
    Tensor pixels = Tensor.stack(2, xs, ys, xs.onesLike()).reshape(1, height * width, 3);
    Tensor from = pixels.matmul(a);
    Tensor last = Tensor.of(new double[] {width - 1.0, height - 1.0}, 1, 1, 2);
    return from.mul_(2).div_(last).sub_(1).reshape(-1, height, width, 2);
  }

  /** Inverses of [N,3,3], by the adjugate: the rows' cross products over the determinant. */
  private static Tensor inverse(Tensor m) {
    Tensor a = m.select(1, 0);
    Tensor b = m.select(1, 1);
    Tensor c = m.select(1, 2);
    Tensor bc = cross(b, c);
    Tensor adjugate = Tensor.stack(2, bc, cross(c, a), cross(a, b));
    return adjugate.div(a.mul(bc).sum(1, true).unsqueeze(2));
  }

  private static Tensor cross(Tensor a, Tensor b) {
    return a.roll(-1, 1).mul(b.roll(-2, 1)).sub(a.roll(-2, 1).mul(b.roll(-1, 1)));
  }

  private static Tensor positions(long n) {
    return Tensor.arange(n).to(DType.FLOAT64);
  }

  /** Pixel positions on the scale where -1 and 1 are the outer edges. */
  private static Tensor normalised(Tensor at, double n) {
    return at.mul_(2).add_(1).div_(n).sub_(1);
  }
}
