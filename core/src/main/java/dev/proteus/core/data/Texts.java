package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Texts, or pairs of texts, and their labels.
 *
 * @param texts the samples' texts
 * @param pairs the second text of each sample; null where there is one text a sample
 * @param target classes int64 [N] or values float32 [N]; null where there are no labels
 * @param classNames empty where targets are not classes
 */
public record Texts(
    List<String> texts, List<String> pairs, Tensor target, List<String> classNames) {

  public Texts {
    texts = List.copyOf(texts);
    pairs = pairs == null ? null : List.copyOf(pairs);
    classNames = List.copyOf(classNames);
    if (target != null) {
      target.retain();
    }
  }

  public int size() {
    return texts.size();
  }

  /**
   * Which columns of a table, or fields of its lines, hold what.
   *
   * @param text column of the texts
   * @param pair column of the second texts; null for none
   * @param label column of the labels; null for none
   */
  public record Columns(String text, String pair, String label) {}
}
