package dev.proteus.core.data;

/** Samples by number. Reading is thread-safe: loaders prefetch from other threads. */
public interface Dataset {
  int size();

  /** The samples with these numbers, in this order. */
  Batch get(long[] indices);

  /** Number of classes, or 0 where targets are not classes. */
  int classes();
}
