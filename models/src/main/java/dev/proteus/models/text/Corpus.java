package dev.proteus.models.text;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A text as one long row of tokens, to train and to judge language models with. */
public final class Corpus {
  /** Lines that are encoded together: long enough for speed, short enough for the tokenizer. */
  private static final int LINES = 64;

  private Corpus() {}

  /** The ids of a text, without special tokens. */
  public static long[] ids(Tokenizer tokenizer, List<String> lines) {
    List<String> parts = new ArrayList<>();
    for (int from = 0; from < lines.size(); from += LINES) {
      int to = Math.min(from + LINES, lines.size());
      parts.add(String.join("\n", lines.subList(from, to)) + "\n");
    }
    List<long[]> ids = tokenizer.withSpecialTokens(false).withMaxLength(0).ids(parts);
    return ids.stream().flatMapToLong(Arrays::stream).toArray();
  }

  /**
   * Cuts a row of tokens into samples: {@code context} tokens, and those that follow each of them;
   * both int64 [context]. What is left over at the end is left out.
   *
   * @throws IllegalArgumentException if there is not one whole sample
   */
  public static Dataset blocks(long[] ids, int context) {
    int n = (ids.length - 1) / context;
    if (n < 1) {
      throw new IllegalArgumentException(
          "a sample is %d tokens and the one that follows, but there are %d tokens; take a longer text or a shorter context"
              .formatted(context, ids.length));
    }
    try (Scope s = Scope.open()) {
      Tensor all = Tensor.of(ids, ids.length);
      long used = (long) n * context;
      return new TensorDataset(
          all.narrow(0, 0, used).reshape(n, context),
          all.narrow(0, 1, used).reshape(n, context),
          0);
    }
  }
}
