package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Enlarges images: [N, C, H, W] to [N, C, H factor, W factor]. */
public final class Upsample extends Layer {
  private static final long serialVersionUID = 1L;

  private enum Mode {
    NEAREST,
    BILINEAR,
    BILINEAR_CORNERS
  }

  private final long factor;
  private final Mode mode;

  private Upsample(long factor, Mode mode) {
    this.factor = factor;
    this.mode = mode;
  }

  /** Repeats each pixel. */
  public static Upsample nearest(long factor) {
    return new Upsample(factor, Mode.NEAREST);
  }

  /**
   * Interpolates linearly.
   *
   * @param alignCorners puts the centres of the corner pixels on each other, else the outer edges
   */
  public static Upsample bilinear(long factor, boolean alignCorners) {
    return new Upsample(factor, alignCorners ? Mode.BILINEAR_CORNERS : Mode.BILINEAR);
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dim() != 4) {
      throw wrongInput("[N, C, H, W]", x);
    }
    long height = x.size(2) * factor;
    long width = x.size(3) * factor;
    return mode == Mode.NEAREST
        ? F.upsampleNearest(x, height, width)
        : F.upsampleBilinear(x, height, width, mode == Mode.BILINEAR_CORNERS);
  }
}
