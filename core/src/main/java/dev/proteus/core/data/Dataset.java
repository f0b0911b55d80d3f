package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Samples by number. Reading is thread-safe: batches are prefetched from other threads. */
public interface Dataset {
  int size();

  /** The samples with these numbers, in this order. */
  Batch get(long[] indices);

  /** Number of classes, or 0 where targets are not classes. */
  int classes();

  /** What each class is called; its number where it has no name. */
  default List<String> classNames() {
    return IntStream.range(0, classes()).mapToObj(Integer::toString).toList();
  }

  /**
   * All targets, classes int64 [N] or values [N, ..], without reading inputs; null if unlabelled.
   */
  Tensor targets();

  /**
   * How long each sample is, in any unit, where samples are padded to the longest of their batch;
   * null where all are of one size. Batches then go together by length, to pad less.
   */
  default int[] lengths() {
    return null;
  }

  /** The same samples with {@code transform} applied to each batch's input as it is read. */
  default Dataset map(UnaryOperator<Tensor> transform) {
    return new MappedDataset(this, transform);
  }

  /** The samples with these numbers, as a dataset of their own; nothing is copied. */
  default Dataset subset(long[] indices) {
    return new Subset(this, indices);
  }
}
