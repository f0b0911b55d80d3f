package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Ice crystals: {@code a x + b f}, where f is a random part of one of five photographs of frosted
 * glass. CIFAR-C takes them at a fifth of their size (Tiny-ImageNet-C, whose size is taken above 32
 * pixels, at 0.3), ImageNet-C as they are. A photograph that is too small for an image is enlarged.
 */
final class Frost {
  /** Weights a of the image and b of the frost. */
  private static final double[][] CIFAR = {
    {1, 0.2}, {1, 0.3}, {0.9, 0.4}, {0.85, 0.4}, {0.75, 0.45}
  };

  private static final double[][] IMAGENET = {
    {1, 0.4}, {0.8, 0.6}, {0.7, 0.7}, {0.65, 0.7}, {0.6, 0.75}
  };

  private Frost() {}

  /** The published photographs, uint8 [1,3,h,w], read once. */
  private static final class Photos {
    // the second and the third published file show the same photograph, and the sixth is never
    // drawn
    static final List<Tensor> ALL;

    static {
      Tensor second = read("frost2.png");
      ALL = List.of(read("frost1.png"), second, second, read("frost4.jpg"), read("frost5.jpg"));
    }

    private static Tensor read(String file) {
      try (InputStream in = Frost.class.getResourceAsStream(file)) {
        BufferedImage image = ImageIO.read(in);
        Raster raster = image.getRaster();
        int[] samples = raster.getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
        return Tensor.of(samples, 1, image.getHeight(), image.getWidth(), raster.getNumBands())
            .permute(0, 3, 1, 2)
            .to(DType.UINT8)
            .contiguous()
            .retain();
      } catch (IOException e) {
        throw new UncheckedIOException("frost: cannot read the resource " + file, e);
      }
    }
  }

  static Tensor apply(Tensor x, Level level, Draws draws) {
    double[] c = level.of(CIFAR, IMAGENET);
    long height = x.size(2);
    long width = x.size(3);
    int n = (int) x.size(0);
    double scale = 1;
    if (level.benchmark() == Benchmark.CIFAR_C) {
      scale = Math.max(height, width) <= 32 ? 0.2 : 0.3;
    }
    List<Tensor> photos = new ArrayList<>();
    for (Tensor photo : Photos.ALL) {
      photos.add(scaled(photo, scale, height, width));
    }
    double[] which = draws.uniform(0, photos.size(), n).toDoubles();
    double[] top = draws.uniform(0, 1, n).toDoubles();
    double[] left = draws.uniform(0, 1, n).toDoubles();
    List<Tensor> crops = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Tensor photo = photos.get((int) which[i]);
      long y = (long) (top[i] * (photo.size(2) - height));
      long z = (long) (left[i] * (photo.size(3) - width));
      crops.add(photo.narrow(2, y, height).narrow(3, z, width));
    }
    Tensor frost = Tensor.cat(0, crops).to(DType.FLOAT64);
    return x.mul(c[0]).add_(x.size(1) == 1 ? Light.luma(frost) : frost, c[1]);
  }

  /** Linear interpolation between pixel centres, without smoothing, rounded to whole levels. */
  private static Tensor scaled(Tensor photo, double scale, long height, long width) {
    long h = photo.size(2);
    long w = photo.size(3);
    // one row and one column more than the image, so that there is a choice
    double least = Math.max((height + 1.0) / h, (width + 1.0) / w);
    double factor = Math.max(scale, least);
    return factor == 1 ? photo : line(line(photo, 2, factor), 3, factor).round();
  }

  private static Tensor line(Tensor x, int dim, double factor) {
    int from = (int) x.size(dim);
    int to = (int) Math.rint(from * factor);
    long[] low = new long[to];
    long[] high = new long[to];
    double[] part = new double[to];
    for (int i = 0; i < to; i++) {
      double at = (i + 0.5) / factor - 0.5;
      int floor = (int) Math.floor(at);
      part[i] = at - floor;
      low[i] = Resample.nearest(floor, from);
      high[i] = Resample.nearest(floor + 1, from);
    }
    Tensor a = x.indexSelect(dim, Tensor.of(low, to)).to(DType.FLOAT64);
    Tensor b = x.indexSelect(dim, Tensor.of(high, to)).to(DType.FLOAT64);
    Tensor p = dim == 2 ? Tensor.of(part, to, 1) : Tensor.of(part, to);
    return a.add_(b.sub_(a).mul_(p));
  }
}
