package dev.proteus.core.data;

import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Pairs of IDX files as MNIST names them: {@code train-images-idx3-ubyte.gz} and so on. */
final class IdxFolder {
  private static final String IMAGES = "-images-idx3-ubyte";
  private static final String LABELS = "-labels-idx1-ubyte";

  private IdxFolder() {}

  /** Whether a folder has the pair of this part. */
  static boolean has(Path folder, String part) {
    return find(folder, part + IMAGES) != null && find(folder, part + LABELS) != null;
  }

  /** The file of this name, compressed or not; null if there is none. */
  private static Path find(Path folder, String name) {
    for (String suffix : new String[] {"", ".gz"}) {
      Path file = folder.resolve(name + suffix);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    return null;
  }

  /**
   * The images and labels of a part.
   *
   * @param classNames the classes; null for as many as the labels have
   */
  static TensorDataset part(Path folder, String part, List<String> classNames) throws IOException {
    try (Scope s = Scope.open()) {
      Tensor images = read(folder, part + IMAGES);
      Tensor labels = read(folder, part + LABELS);
      List<String> names = classNames == null ? Labels.numbered(labels) : classNames;
      return Idx.pair(images, labels, names);
    } catch (IllegalArgumentException e) {
      throw new IOException(folder + ": " + part + ": " + e.getMessage(), e);
    }
  }

  private static Tensor read(Path folder, String name) throws IOException {
    Path file = find(folder, name);
    if (file == null) {
      throw new IOException(folder + ": neither " + name + " nor " + name + ".gz");
    }
    return Idx.read(file);
  }
}
