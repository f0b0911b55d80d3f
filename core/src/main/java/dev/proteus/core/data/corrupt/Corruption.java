package dev.proteus.core.data.corrupt;

import dev.proteus.core.data.Shift;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One published corruption. Like the published data sets it works on 8-bit images: the input is
 * rounded to 256 levels, the result cut (not rounded) to them. Each image of a batch is corrupted
 * by draws of its own.
 *
 * <p>The constants are those of CIFAR-C up to 64 pixels and of ImageNet-C above; {@link
 * #of(Benchmark)} fixes them. One-channel images get what the three equal channels of a grey RGB
 * image would get, except that noise is drawn once, frost is the luma of its photograph and JPEG
 * has no chroma.
 */
public final class Corruption implements Shift {
  /** The corruption itself. */
  interface Kernel {
    /**
     * Corrupts a batch.
     *
     * @param x whole numbers from 0 to 255, float64 [N,C,H,W]; stays as it is
     * @return the same scale and shape; what is out of range is cut off by the caller
     */
    Tensor apply(Tensor x, Level level, Draws draws);
  }

  /** Elements worked on at once: bounds the memory, and keeps what is at hand in the cache. */
  private static final long CHUNK = 1 << 18;

  /** The smallest side for which every corruption is defined. */
  private static final int MIN_SIDE = 8;

  private final String name;
  private final Kernel kernel;
  private final Benchmark benchmark;

  Corruption(String name, Kernel kernel) {
    this(name, kernel, null);
  }

  private Corruption(String name, Kernel kernel, Benchmark benchmark) {
    this.name = name;
    this.kernel = kernel;
    this.benchmark = benchmark;
  }

  @Override
  public String name() {
    return name;
  }

  /** The same corruption with the constants of this benchmark, whatever the image size. */
  public Corruption of(Benchmark constants) {
    return new Corruption(name, kernel, constants);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the severity is not from 1 to 5, the images are not
   *     [N,C,H,W] with 1 or 3 channels and sides of at least 8, or values are outside [0, 1]
   */
  @Override
  public Tensor apply(Tensor images, int severity, Generator g) {
    return apply(images, severity, Draws.from(g));
  }

  Tensor apply(Tensor images, int severity, Draws draws) {
    check(images, severity);
    long height = images.size(2);
    long width = images.size(3);
    Benchmark constants = benchmark == null ? Benchmark.forSize(height, width) : benchmark;
    Level level = new Level(constants, severity);
    long chunk = Math.max(1, CHUNK / (images.size(1) * height * width));
    try (Scope all = Scope.open()) {
      List<Tensor> parts = new ArrayList<>();
      for (Tensor part : images.detach().split(chunk, 0)) {
        try (Scope one = Scope.open()) {
          Tensor x = part.to(DType.FLOAT64).to(Device.CPU).mul(255).round();
          Tensor levels = kernel.apply(x, level, draws).clamp(0, 255).floor();
          parts.add(one.keep(levels.toLike(images).div_(255)));
        }
      }
      return all.keep(Tensor.cat(0, parts));
    }
  }

  private void check(Tensor images, int severity) {
    if (severity < 1 || severity > 5) {
      throw new IllegalArgumentException(
          name + ": severity must be from 1 to 5, but is " + severity);
    }
    long[] s = images.shape();
    if (s.length != 4 || (s[1] != 1 && s[1] != 3) || !images.dtype().isFloating()) {
      throw new IllegalArgumentException(
          name
              + ": images must be float [N,C,H,W] with 1 or 3 channels, but are "
              + images.describe());
    }
    if (s[0] == 0 || s[2] < MIN_SIDE || s[3] < MIN_SIDE) {
      throw new IllegalArgumentException(
          name
              + ": needs at least one image and sides of at least "
              + MIN_SIDE
              + ", but got "
              + Arrays.toString(s));
    }
    try (Scope scope = Scope.open()) {
      double min = images.amin().item();
      double max = images.amax().item();
      if (!(min >= 0 && max <= 1)) {
        throw new IllegalArgumentException(
            name
                + ": values must be in [0, 1], but go from "
                + min
                + " to "
                + max
                + "; corrupt images before they are normalised");
      }
    }
  }

  @Override
  public String toString() {
    return benchmark == null ? name : name + " " + benchmark;
  }
}
