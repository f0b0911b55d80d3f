package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Labels as they stand in a file, made targets. Whole numbers and words are classes: numbered in
 * the order of the numbers, or of the alphabet. Other numbers are values.
 *
 * @param target classes int64 [N] or values float32 [N]
 * @param classNames empty for values
 */
record Labels(Tensor target, List<String> classNames) {
  private static final long MOST_CLASSES = 1_000_000;

  /** A label and where it stands, for errors. */
  record At(String text, long line) {}

  /**
   * Makes targets of labels.
   *
   * @param classNames the classes, where they are known from other data; null to find them
   * @throws IOException for a label that is no known class, with its line
   */
  static Labels of(List<At> labels, List<String> classNames, String file) throws IOException {
    boolean whole = labels.stream().allMatch(l -> isWhole(l.text()));
    if (classNames == null && !whole && labels.stream().allMatch(l -> isNumber(l.text()))) {
      double[] values = labels.stream().mapToDouble(l -> Double.parseDouble(l.text())).toArray();
      return new Labels(Tensor.vector(values), List.of());
    }
    List<String> names = classNames;
    if (names == null) {
      Comparator<String> order =
          whole ? Comparator.comparingLong(Long::parseLong) : Comparator.naturalOrder();
      names = labels.stream().map(At::text).distinct().sorted(order).toList();
    }
    Map<String, Integer> number = new HashMap<>();
    for (String name : names) {
      number.put(name, number.size());
    }
    long[] target = new long[labels.size()];
    for (int i = 0; i < target.length; i++) {
      Integer c = number.get(labels.get(i).text());
      if (c == null) {
        throw new IOException(
            file
                + ":"
                + labels.get(i).line()
                + ": label '"
                + labels.get(i).text()
                + "' is none of the classes "
                + names);
      }
      target[i] = c;
    }
    return new Labels(Tensor.of(target, target.length), names);
  }

  /**
   * Texts with targets made of their labels.
   *
   * @param labels null where there are none
   */
  static Texts texts(
      List<String> texts, List<String> pairs, List<At> labels, List<String> classNames, Path file)
      throws IOException {
    if (labels == null) {
      return new Texts(texts, pairs, null, List.of());
    }
    try (Scope s = Scope.open()) {
      Labels l = of(labels, classNames, file.toString());
      return new Texts(texts, pairs, l.target(), l.classNames());
    }
  }

  /** Names for classes that are numbers already: 0 up to the largest. */
  static List<String> numbered(Tensor classes) {
    long most = classes.numel() == 0 ? -1 : classes.to(DType.INT64).amax().itemLong();
    if (most >= MOST_CLASSES) {
      throw new IllegalArgumentException("class numbers up to " + most + " are no classes");
    }
    return LongStream.rangeClosed(0, most).mapToObj(Long::toString).toList();
  }

  private static boolean isWhole(String text) {
    return text.matches("[+-]?[0-9]{1,18}");
  }

  private static boolean isNumber(String text) {
    try {
      return Double.isFinite(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
