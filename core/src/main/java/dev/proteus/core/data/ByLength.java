package dev.proteus.core.data;

import dev.proteus.core.tensor.Generator;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders samples so that those of a batch are of like length, and little of it is padding. */
public final class ByLength {
  /** Batches that are sorted together: enough to find like lengths, few enough to stay random. */
  private static final int WINDOW = 32;

  private ByLength() {}

  /** All samples, the longest first: what does not fit into memory fails at once. */
  public static long[] longestFirst(int[] lengths) {
    return IntStream.range(0, lengths.length)
        .boxed()
        .sorted(Comparator.comparingInt((Integer i) -> -lengths[i]))
        .mapToLong(Integer::longValue)
        .toArray();
  }

  /**
   * A random order whose batches are of like length: sorted by length within windows, then the
   * whole batches in a new random order. The last batch, where it is smaller, stays the last.
   *
   * @param order a random order of all samples
   * @param size of a batch
   */
  static long[] batches(long[] order, int[] lengths, int size, Generator g) {
    long[] sorted = new long[order.length];
    int window = WINDOW * size;
    for (int from = 0; from < order.length; from += window) {
      int to = Math.min(order.length, from + window);
      long[] part =
          Arrays.stream(order, from, to)
              .boxed()
              .sorted(Comparator.comparingInt(i -> lengths[Math.toIntExact(i)]))
              .mapToLong(Long::longValue)
              .toArray();
      System.arraycopy(part, 0, sorted, from, part.length);
    }
    long[] batches = g.permutation(order.length / size).toLongs();
    long[] out = sorted.clone();
    for (int b = 0; b < batches.length; b++) {
      System.arraycopy(sorted, Math.toIntExact(batches[b]) * size, out, b * size, size);
    }
    return out;
  }
}
