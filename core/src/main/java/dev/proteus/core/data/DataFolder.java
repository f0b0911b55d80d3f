package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Opens a folder with somebody's data, whatever it holds:
 *
 * <ul>
 *   <li>IDX pairs: {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, and the same
 *       with {@code t10k} or {@code test}, compressed or not
 *   <li>{@code train.npz} and {@code test.npz} with arrays x and y, or one file with x_train,
 *       y_train, x_test and y_test
 *   <li>{@code train.csv} and {@code test.csv} with a column of labels
 *   <li>{@code train.jsonl} and {@code test.jsonl} with a field of numbers and one of labels
 *   <li>images: {@code train/class/*.png} and {@code test/class/*.png}, or {@code class/*.png}
 * </ul>
 *
 * <p>One file alone may have any name and is the training part. Inputs may be called x, input,
 * features, image or images; labels y, label, labels, class or target.
 */
public final class DataFolder {
  private static final List<String> INPUTS = List.of("x", "input", "features", "image", "images");
  static final List<String> LABELS = List.of("y", "label", "labels", "class", "target");
  private static final List<String> TABLES = List.of("npz", "csv", "jsonl");

  private DataFolder() {}

  /** Like {@link #open(Path, ImageFolder.Size)}, for data that are not image files. */
  public static Splits open(Path folder) throws IOException {
    return open(folder, null);
  }

  /**
   * Opens what a folder holds.
   *
   * @param images what image files are turned into; null if there are none
   * @return at least one part
   * @throws IOException saying what was looked for and what was found
   */
  public static Splits open(Path folder, ImageFolder.Size images) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": no such folder");
    }
    List<Splits> found = new ArrayList<>();
    List<String> kinds = new ArrayList<>();
    String test = IdxFolder.has(folder, "t10k") ? "t10k" : "test";
    if (IdxFolder.has(folder, "train") || IdxFolder.has(folder, test)) {
      kinds.add("IDX pairs");
      found.add(idx(folder, test));
    }
    for (String suffix : TABLES) {
      List<Path> files = files(folder, suffix);
      if (!files.isEmpty()) {
        kinds.add(suffix + " files");
        found.add(tables(folder, files));
      }
    }
    if (hasImages(folder)
        || hasImages(folder.resolve("train"))
        || hasImages(folder.resolve("test"))) {
      kinds.add("images");
      found.add(images(folder, images));
    }
    if (found.size() != 1) {
      throw new IOException(
          folder
              + (found.isEmpty() ? ": no data" : ": data of several kinds, " + kinds)
              + "; expected IDX pairs (train-images-idx3-ubyte, train-labels-idx1-ubyte), train.npz,"
              + " train.csv, train.jsonl, or images in class/*.png or train/class/*.png, but found "
              + names(folder));
    }
    return found.get(0);
  }

  private static Splits idx(Path folder, String test) throws IOException {
    TensorDataset train =
        IdxFolder.has(folder, "train") ? IdxFolder.part(folder, "train", null) : null;
    return new Splits(
        train, IdxFolder.has(folder, test) ? IdxFolder.part(folder, test, names(train)) : null);
  }

  /** The classes of the training part are those of the test part too; null where there are none. */
  private static List<String> names(Dataset train) {
    return train == null || train.classes() == 0 ? null : train.classNames();
  }

  private static Splits tables(Path folder, List<Path> files) throws IOException {
    Path train = named("train", files);
    Path test = named("test", files);
    if (train == null && test == null && files.size() == 1) {
      Path only = files.get(0);
      return only.toString().endsWith(".npz") ? npz(only) : new Splits(table(only, null), null);
    }
    if (train == null && test == null) {
      throw new IOException(
          folder + ": which is for training? Name them train and test, or leave one of " + files);
    }
    TensorDataset first = train == null ? null : table(train, null);
    return new Splits(first, test == null ? null : table(test, names(first)));
  }

  private static Path named(String name, List<Path> files) {
    return files.stream()
        .filter(f -> f.getFileName().toString().startsWith(name + "."))
        .findFirst()
        .orElse(null);
  }

  private static TensorDataset table(Path file, List<String> classNames) throws IOException {
    String name = file.toString();
    if (name.endsWith(".csv")) {
      return Csv.read(file, pick(LABELS, Csv.columns(file), "column of labels", file), classNames);
    } else if (name.endsWith(".jsonl")) {
      List<String> fields = JsonLines.fields(file);
      String input = pick(INPUTS, fields, "field of inputs", file);
      return JsonLines.read(file, input, pick(LABELS, fields, "field of labels", file), classNames);
    }
    try (Scope s = Scope.open()) {
      return arrays(Npz.read(file), "", file, classNames);
    }
  }

  /** One archive with one or two parts. */
  private static Splits npz(Path file) throws IOException {
    try (Scope s = Scope.open()) {
      Map<String, Tensor> arrays = Npz.read(file);
      if (!arrays.containsKey("x_train")) {
        return new Splits(arrays(arrays, "", file, null), null);
      }
      TensorDataset train = arrays(arrays, "_train", file, null);
      return new Splits(
          train, arrays.containsKey("x_test") ? arrays(arrays, "_test", file, names(train)) : null);
    }
  }

  private static TensorDataset arrays(
      Map<String, Tensor> arrays, String suffix, Path file, List<String> classNames)
      throws IOException {
    List<String> keys =
        arrays.keySet().stream()
            .filter(k -> k.endsWith(suffix))
            .map(k -> k.substring(0, k.length() - suffix.length()))
            .toList();
    Tensor x = arrays.get(pick(INPUTS, keys, "array of inputs", file) + suffix);
    Tensor y = arrays.get(pick(LABELS, keys, "array of labels", file) + suffix);
    if (x.dtype() == DType.UINT8 && x.dim() == 3) {
      x = x.unsqueeze(1); // gray images
    }
    try {
      if (y.dtype().isFloating()) {
        return new TensorDataset(x, y.to(DType.FLOAT32), 0);
      }
      Tensor classes = y.to(DType.INT64).flatten();
      return new TensorDataset(
          x, classes, classNames == null ? Labels.numbered(classes) : classNames);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  static String pick(List<String> wanted, List<String> names, String what, Path file)
      throws IOException {
    List<String> fit =
        names.stream().filter(n -> wanted.contains(n.toLowerCase(Locale.ROOT))).toList();
    if (fit.size() != 1) {
      throw new IOException(
          file
              + ": "
              + (fit.isEmpty() ? "no " : "more than one ")
              + what
              + "; expected one of "
              + wanted
              + ", but there are "
              + names);
    }
    return fit.get(0);
  }

  private static Splits images(Path folder, ImageFolder.Size size) throws IOException {
    if (size == null) {
      throw new IOException(folder + ": images; say what channels, height and width to give them");
    }
    boolean hasTrain = hasImages(folder.resolve("train"));
    boolean hasTest = hasImages(folder.resolve("test"));
    if (!hasTrain && !hasTest) {
      return new Splits(new ImageFolder(folder, size), null);
    }
    Dataset train = hasTrain ? new ImageFolder(folder.resolve("train"), size) : null;
    Dataset test = hasTest ? new ImageFolder(folder.resolve("test"), size) : null;
    if (train != null && test != null && !train.classNames().equals(test.classNames())) {
      throw new IOException(
          folder
              + ": train has the classes "
              + train.classNames()
              + ", test has "
              + test.classNames());
    }
    return new Splits(train, test);
  }

  private static boolean hasImages(Path folder) throws IOException {
    return Files.isDirectory(folder) && ImageFolder.matches(folder);
  }

  private static List<Path> files(Path folder, String suffix) throws IOException {
    try (Stream<Path> in = Files.list(folder)) {
      return in.filter(f -> f.toString().endsWith("." + suffix)).sorted().toList();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> in = Files.list(folder)) {
      return in.map(f -> f.getFileName().toString()).sorted().limit(20).toList();
    }
  }
}
