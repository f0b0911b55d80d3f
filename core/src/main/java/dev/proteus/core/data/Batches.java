package dev.proteus.core.data;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/**
 * A dataset cut into batches, epoch after epoch.
 *
 * <pre>{@code
 * Batches batches = Batches.of(data, 64).shuffled(generator).prefetch(2);
 * try (Batches.Epoch epoch = batches.epoch()) {
 *   while (epoch.hasNext()) {
 *     try (Scope step = Scope.open()) {
 *       Batch batch = epoch.next();
 *       ...
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>The last batch of an epoch is smaller where the size does not divide the dataset, unless
 * {@link #dropLast()}.
 */
public final class Batches {
  private final Dataset data;
  private final int size;
  private final Generator shuffle;
  private final boolean dropLast;
  private final int workers;

  private Batches(Dataset data, int size, Generator shuffle, boolean dropLast, int workers) {
    this.data = data;
    this.size = size;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.workers = workers;
  }

  /** Batches of {@code size} samples in the dataset's order. */
  public static Batches of(Dataset data, int size) {
    if (size < 1) {
      throw new IllegalArgumentException("a batch has at least 1 sample, but size is " + size);
    }
    return new Batches(data, size, null, false, 0);
  }

  /**
   * A new order each epoch, drawn from {@code g} (one draw an epoch). Where samples have {@link
   * Dataset#lengths} those of a batch are of like length.
   */
  public Batches shuffled(Generator g) {
    return new Batches(data, size, g, dropLast, workers);
  }

  /** Without a last batch that is smaller than the others. */
  public Batches dropLast() {
    return new Batches(data, size, shuffle, true, workers);
  }

  /**
   * Reads ahead on this many threads, two batches each; 0 reads on the caller's. Meant for reading
   * that takes long (image files) while cores are idle; tensors in memory gain nothing.
   */
  public Batches prefetch(int workers) {
    if (workers < 0) {
      throw new IllegalArgumentException("workers must not be negative, but are " + workers);
    }
    return new Batches(data, size, shuffle, dropLast, workers);
  }

  public Dataset data() {
    return data;
  }

  /** Batches in an epoch. */
  public long count() {
    long n = data.size();
    return dropLast ? n / size : (n + size - 1) / size;
  }

  /** Starts an epoch. */
  public Epoch epoch() {
    return new Epoch(new Position(shuffle == null ? 0 : shuffle.nextLong(), 0));
  }

  /**
   * Goes on with an epoch where another run left it: exactly the batches that were still to come,
   * if dataset, size and options are the same. Draws nothing.
   */
  public Epoch resume(Position position) {
    if (position.next() < 0 || position.next() > count()) {
      throw new IllegalArgumentException(
          "batch " + position.next() + " of an epoch of " + count() + ": is this the same data?");
    }
    return new Epoch(position);
  }

  /** Runs an epoch; each batch has a scope of its own. */
  public void forEach(Consumer<Batch> action) {
    try (Epoch epoch = epoch()) {
      while (epoch.hasNext()) {
        try (Scope s = Scope.open()) {
          action.accept(epoch.next());
        }
      }
    }
  }

  /**
   * Where an epoch stands, for checkpoints.
   *
   * @param seed of the epoch's order; 0 where the order is the dataset's
   * @param next number of the next batch
   */
  public record Position(long seed, long next) {}

  /**
   * One pass over the data. Its batches belong to the scope that is open when they are taken.
   * Closing it stops reading ahead and waits for the reads under way, a minute at most.
   */
  public final class Epoch implements Iterator<Batch>, AutoCloseable {
    private final long seed;
    private final long[] order;
    private final Prefetch ahead;
    private long next;

    private Epoch(Position from) {
      seed = from.seed();
      next = from.next();
      order = shuffle == null ? null : order(seed);
      ahead = workers == 0 ? null : new Prefetch(workers, next, count(), k -> data.get(indices(k)));
    }

    private long[] order(long seed) {
      try (Scope s = Scope.open()) {
        Generator g = Generator.seeded(seed);
        long[] order = g.permutation(data.size()).toLongs();
        int[] lengths = data.lengths();
        return lengths == null ? order : ByLength.batches(order, lengths, size, g);
      }
    }

    private long[] indices(long batch) {
      int from = Math.toIntExact(batch * size);
      int to = Math.min(from + size, data.size());
      if (order != null) {
        return Arrays.copyOfRange(order, from, to);
      }
      long[] indices = new long[to - from];
      Arrays.setAll(indices, i -> from + i);
      return indices;
    }

    @Override
    public boolean hasNext() {
      return next < count();
    }

    /**
     * The next batch.
     *
     * @throws IllegalStateException if reading ahead failed; its cause is the worker's exception
     */
    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch's " + count() + " batches are all taken");
      }
      Batch b = ahead == null ? data.get(indices(next)) : ahead.take();
      next++;
      return b;
    }

    public Position position() {
      return new Position(seed, next);
    }

    @Override
    public void close() {
      if (ahead != null) {
        ahead.close();
      }
    }
  }
}
