package dev.proteus.core.data;

import dev.proteus.core.tensor.Scope;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  private static final Path DEBIAN = Path.of("/usr/share/datasets/fashion-mnist");

  private static final URI SOURCE =
      URI.create(
          "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/");

  /** Of the authors' files. Debian packs the same data anew, so its files have others. */
  private static final Map<String, String> SHA256 =
      Map.of(
          "train-images-idx3-ubyte.gz",
          "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
          "train-labels-idx1-ubyte.gz",
          "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
          "t10k-images-idx3-ubyte.gz",
          "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
          "t10k-labels-idx1-ubyte.gz",
          "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5");

  private FashionMnist() {}

  /** The bundled training images: uint8 [10000,1,28,28], 1,000 a class. */
  public static TensorDataset train() {
    return bundled("train");
  }

  /** The bundled test images: uint8 [2000,1,28,28], 200 a class, from the full test set. */
  public static TensorDataset test() {
    return bundled("test");
  }

  /**
   * The full data, 60,000 for training and 10,000 for testing, from the four IDX files in a folder,
   * compressed or not.
   *
   * @throws IOException naming the file that is missing or broken
   */
  public static Splits full(Path folder) throws IOException {
    return new Splits(
        IdxFolder.part(folder, "train", CLASSES), IdxFolder.part(folder, "t10k", CLASSES));
  }

  /**
   * The first folder with the full data, if there is any: the one that the environment's {@code
   * PROTEUS_DATA} names or its subfolder {@code fashion-mnist}, the one of Debian's package {@code
   * dataset-fashion-mnist}, {@link #cache()}.
   */
  public static Optional<Path> find() {
    return find(System.getenv("PROTEUS_DATA"), cache());
  }

  static Optional<Path> find(String data, Path cache) {
    List<Path> places = new ArrayList<>();
    if (data != null && !data.isBlank()) {
      places.add(Path.of(data));
      places.add(Path.of(data, "fashion-mnist"));
    }
    places.add(DEBIAN);
    places.add(cache);
    return places.stream()
        .filter(f -> IdxFolder.has(f, "train") && IdxFolder.has(f, "t10k"))
        .findFirst();
  }

  /** Where {@link #download} usually puts the full data: {@code ~/.cache/proteus/fashion-mnist}. */
  public static Path cache() {
    return Path.of(System.getProperty("user.home"), ".cache", "proteus", "fashion-mnist");
  }

  /**
   * Fetches the full data (30 MB) from the authors' repository; what is there already is kept.
   *
   * @throws IOException saying what could not be fetched and what to do
   */
  public static void download(Path folder) throws IOException {
    download(SOURCE, folder);
  }

  static void download(URI source, Path folder) throws IOException {
    for (Map.Entry<String, String> file : SHA256.entrySet()) {
      Download.fetch(source.resolve(file.getKey()), folder.resolve(file.getKey()), file.getValue());
    }
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
