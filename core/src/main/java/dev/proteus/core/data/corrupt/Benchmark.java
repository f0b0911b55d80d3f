package dev.proteus.core.data.corrupt;

/** The published data set whose severity constants a corruption takes. */
public enum Benchmark {
  /** Made for 32-pixel images. */
  CIFAR_C,
  /** Made for 224-pixel images. */
  IMAGENET_C;

  /** Largest side, in pixels, that counts as a small image. */
  private static final long SMALL = 64;

  /** CIFAR-C up to 64 pixels on the longer side, else ImageNet-C. */
  public static Benchmark forSize(long height, long width) {
    return Math.max(height, width) <= SMALL ? CIFAR_C : IMAGENET_C;
  }
}
