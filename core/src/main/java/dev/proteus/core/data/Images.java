package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/** What is done to images when a batch is read. */
public final class Images {
  private Images() {}

  /** uint8 [..] to float32 in [0, 1]; floats are taken to be in [0, 1] already. */
  public static Tensor unit(Tensor images) {
    if (images.dtype() == DType.UINT8) {
      return images.to(DType.FLOAT32).div_(255);
    }
    if (!images.dtype().isFloating()) {
      throw new IllegalArgumentException(
          "images must be uint8 or floating, but are " + images.describe());
    }
    return images;
  }
}
