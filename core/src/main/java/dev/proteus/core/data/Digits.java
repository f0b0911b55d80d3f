package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import java.util.List;

/**
 * 1,797 handwritten digits of 8 by 8 pixels in 10 classes, from UCI, bundled. Small enough for
 * tests and second-long experiments.
 *
 * @see <a href="https://doi.org/10.24432/C50P49">Optical Recognition of Handwritten Digits</a>
 */
public final class Digits {
  /** Mean and standard deviation of the pixels of {@link #train()}. */
  public static final Normalise NORMALISE = new Normalise(List.of(0.3053), List.of(0.3761));

  private static final double TEST_SHARE = 0.2;
  private static final double LARGEST = 16;

  private Digits() {}

  /** All of them: float32 [1797,1,8,8] in [0, 1]. */
  public static TensorDataset all() {
    try (Scope s = Scope.open()) {
      return Idx.pair(
          Bundled.idx("digits-images-idx3-ubyte").to(DType.FLOAT32).div_(LARGEST),
          Bundled.idx("digits-labels-idx1-ubyte"),
          List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    }
  }

  /** A fixed stratified draw of 80 %. */
  public static Dataset train() {
    return Splits.holdOut(all(), TEST_SHARE, 0).train();
  }

  /** The other 20 %. */
  public static Dataset test() {
    return Splits.holdOut(all(), TEST_SHARE, 0).test();
  }
}
