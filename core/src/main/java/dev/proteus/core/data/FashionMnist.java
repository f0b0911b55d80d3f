package dev.proteus.core.data;

import dev.proteus.core.tensor.Scope;
import java.util.List;

/**
 * Fashion-MNIST: articles of clothing, 28 by 28 gray pixels, 10 classes. A stratified subset
 * (10,000 for training, 2,000 for testing) is bundled.
 *
 * @see <a href="https://arxiv.org/abs/1708.07747">Fashion-MNIST: a Novel Image Dataset for
 *     Benchmarking Machine Learning Algorithms</a>
 */
public final class FashionMnist {
  /** Mean and standard deviation of the pixels of the full training set. */
  public static final Normalise NORMALISE = new Normalise(List.of(0.2860), List.of(0.3530));

  public static final List<String> CLASSES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  private FashionMnist() {}

  /** The bundled training images: uint8 [10000,1,28,28], 1,000 a class. */
  public static TensorDataset train() {
    return bundled("train");
  }

  /** The bundled test images: uint8 [2000,1,28,28], 200 a class, from the full test set. */
  public static TensorDataset test() {
    return bundled("test");
  }

  private static TensorDataset bundled(String part) {
    try (Scope s = Scope.open()) {
      return Idx.pair(
          Bundled.idx("fashion-" + part + "-images-idx3-ubyte"),
          Bundled.idx("fashion-" + part + "-labels-idx1-ubyte"),
          CLASSES);
    }
  }
}
