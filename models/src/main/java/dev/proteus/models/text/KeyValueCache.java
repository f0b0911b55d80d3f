package dev.proteus.models.text;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of the positions that a decoder has seen, [B, heads, S, d] for each layer; so
 * that a new token costs one position, not all. Allocated once, in the scope that is open then; not
 * for training.
 */
public final class KeyValueCache {
  /** Keys and values of one layer up to now, [B, heads, S, d]; views. */
  public record Entry(Tensor keys, Tensor values) {}

  private final List<Entry> layers = new ArrayList<>();
  private final long capacity;
  private long length;

  /**
   * @param capacity positions that it has room for
   */
  public KeyValueCache(int layers, DType type, long batch, long heads, long capacity, long dim) {
    this.capacity = capacity;
    for (int i = 0; i < layers; i++) {
      this.layers.add(
          new Entry(
              Tensor.empty(type, batch, heads, capacity, dim),
              Tensor.empty(type, batch, heads, capacity, dim)));
    }
  }

  /** Positions that are in it. */
  public long length() {
    return length;
  }

  /**
   * Adds the positions of this pass to a layer.
   *
   * @param keys [B, heads, T, d]
   * @param values [B, heads, T, d]
   * @return all of the layer, these included
   */
  public Entry append(int layer, Tensor keys, Tensor values) {
    long t = keys.size(2);
    if (length + t > capacity) {
      throw new IllegalArgumentException(
          "the cache has room for " + capacity + " positions, not for " + (length + t));
    }
    Entry all = layers.get(layer);
    all.keys.narrow(2, length, t).copy_(keys);
    all.values.narrow(2, length, t).copy_(values);
    return new Entry(all.keys.narrow(2, 0, length + t), all.values.narrow(2, 0, length + t));
  }

  /** Ends a pass of {@code positions}, which every layer has added by now. */
  public void advance(long positions) {
    length += positions;
  }
}
