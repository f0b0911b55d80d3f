package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Opens labelled texts, whatever form they have:
 *
 * <ul>
 *   <li>a file {@code *.csv} or {@code *.jsonl} with a column for the text and one for the label
 *   <li>a folder with {@code train}, {@code validation} and {@code test} files of one of these
 *       forms; the last two may be missing
 *   <li>a folder with a folder of {@code .txt} files for each class, a text a file; such a folder
 *       may also be split into {@code train}, {@code validation} and {@code test}
 * </ul>
 *
 * <p>Columns of texts may be called text, sentence, content, document or x, those of labels as in
 * {@link DataFolder}.
 */
public final class TextFolder {
  private static final List<String> TEXTS = List.of("text", "sentence", "content", "document", "x");
  private static final List<String> SUFFIXES = List.of("csv", "jsonl");

  private TextFolder() {}

  /** The parts that were found; those that were not are null, but for the first. */
  public record Parts(Texts train, Texts validation, Texts test) {}

  /**
   * Opens a file or a folder.
   *
   * @param wanted names of columns; a name that is null is looked for, only the pair's means none
   * @throws IOException naming the file, and what was expected
   */
  public static Parts open(Path path, Texts.Columns wanted) throws IOException {
    if (Files.isRegularFile(path)) {
      return new Parts(table(path, wanted, null), null, null);
    }
    if (!Files.isDirectory(path)) {
      throw new IOException(path + ": no such file or folder");
    }
    Texts train = part(path, "train", wanted, null);
    if (train == null) {
      return new Parts(only(path, wanted), null, null);
    }
    List<String> names = train.classNames().isEmpty() ? null : train.classNames();
    return new Parts(
        train, part(path, "validation", wanted, names), part(path, "test", wanted, names));
  }

  /** The only table of a folder, or its class folders. */
  private static Texts only(Path folder, Texts.Columns wanted) throws IOException {
    List<Path> tables = list(folder).stream().filter(TextFolder::isTable).toList();
    if (tables.size() == 1) {
      return table(tables.get(0), wanted, null);
    }
    if (!tables.isEmpty()) {
      throw new IOException(
          folder + ": which of " + tables + " is for training? Name it train, or leave only one");
    }
    return classFolders(folder, null);
  }

  private static Texts part(Path folder, String name, Texts.Columns wanted, List<String> classes)
      throws IOException {
    for (String suffix : SUFFIXES) {
      Path file = folder.resolve(name + "." + suffix);
      if (Files.isRegularFile(file)) {
        return table(file, wanted, classes);
      }
    }
    Path sub = folder.resolve(name);
    return Files.isDirectory(sub) ? classFolders(sub, classes) : null;
  }

  private static boolean isTable(Path file) {
    String name = file.toString();
    return SUFFIXES.stream().anyMatch(s -> name.endsWith("." + s));
  }

  private static Texts table(Path file, Texts.Columns wanted, List<String> classes)
      throws IOException {
    boolean csv = file.toString().endsWith(".csv");
    if (!isTable(file)) {
      throw new IOException(file + ": expected a .csv or .jsonl file, or a folder");
    }
    List<String> names = csv ? Csv.columns(file) : JsonLines.fields(file);
    Texts.Columns columns =
        new Texts.Columns(
            wanted.text() == null
                ? pick(TEXTS, names, "column of texts (name it)", file)
                : wanted.text(),
            wanted.pair(),
            wanted.label() == null
                ? pick(DataFolder.LABELS, names, "column of labels (name it)", file)
                : wanted.label());
    return csv ? Csv.texts(file, columns, classes) : JsonLines.texts(file, columns, classes);
  }

  private static String pick(List<String> wanted, List<String> names, String what, Path file)
      throws IOException {
    return DataFolder.pick(wanted, names, what, file);
  }

  /** Classes are the subfolders in alphabetical order. */
  private static Texts classFolders(Path folder, List<String> known) throws IOException {
    List<Path> subs = list(folder).stream().filter(Files::isDirectory).toList();
    List<String> classes =
        known != null ? known : subs.stream().map(s -> s.getFileName().toString()).toList();
    Map<String, Integer> number = new HashMap<>();
    classes.forEach(c -> number.put(c, number.size()));
    List<String> texts = new ArrayList<>();
    List<Long> labels = new ArrayList<>();
    for (Path sub : subs) {
      Integer c = number.get(sub.getFileName().toString());
      if (c == null) {
        throw new IOException(sub + " is none of the classes " + classes);
      }
      for (Path file : list(sub)) {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".txt")) {
          texts.add(read(file));
          labels.add((long) c);
        }
      }
    }
    if (texts.isEmpty()) {
      throw new IOException(
          folder
              + ": no texts; expected train.csv, train.jsonl, class/*.txt or train/class/*.txt,"
              + " but found "
              + list(folder).stream().map(f -> f.getFileName().toString()).limit(20).toList());
    }
    long[] target = labels.stream().mapToLong(Long::longValue).toArray();
    return new Texts(texts, null, Tensor.of(target, target.length), classes);
  }

  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": not UTF-8", e);
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> in = Files.list(folder)) {
      return in.filter(p -> !p.getFileName().toString().startsWith(".")).sorted().toList();
    }
  }
}
