package dev.proteus.models.text;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Texts;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Texts as samples for a network: tokenised when they are asked for, a batch as {@link
 * Tokens#packed}, int64 [N, 3, T], padded to its longest text.
 */
public final class TextDataset implements Dataset {
  private final Texts texts;
  private final Tokenizer tokenizer;

  /**
   * Texts with classes, values or nothing as targets.
   *
   * @param tokenizer with the maximal length that the network takes
   */
  public TextDataset(Texts texts, Tokenizer tokenizer) {
    this.texts = texts;
    this.tokenizer = tokenizer;
  }

  @Override
  public int size() {
    return texts.size();
  }

  @Override
  public Batch get(long[] indices) {
    List<String> first = take(texts.texts(), indices);
    Tokens tokens =
        texts.pairs() == null
            ? tokenizer.encode(first)
            : tokenizer.encode(first, take(texts.pairs(), indices));
    Tensor target = texts.target();
    return new Batch(
        tokens.packed(),
        target == null ? null : target.indexSelect(0, Tensor.of(indices, indices.length)));
  }

  private static List<String> take(List<String> from, long[] indices) {
    return Arrays.stream(indices).mapToObj(i -> from.get(Math.toIntExact(i))).toList();
  }

  @Override
  public int classes() {
    return texts.classNames().size();
  }

  @Override
  public List<String> classNames() {
    return texts.classNames();
  }

  @Override
  public Tensor targets() {
    return texts.target();
  }

  /** In characters, which is near enough to tokens and costs nothing. */
  @Override
  public int[] lengths() {
    int[] lengths = texts.texts().stream().mapToInt(String::length).toArray();
    if (texts.pairs() != null) {
      Arrays.setAll(lengths, i -> lengths[i] + texts.pairs().get(i).length());
    }
    return lengths;
  }
}
