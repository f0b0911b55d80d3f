package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;

/** Samples that are in memory as two tensors. */
public final class TensorDataset implements Dataset {
  private final Tensor input;
  private final Tensor target;
  private final int classes;

  /**
   * @param input [N, ..]
   * @param target [N, ..] or null
   * @param classes number of classes, or 0
   */
  public TensorDataset(Tensor input, Tensor target, int classes) {
    if (target != null && target.size(0) != input.size(0)) {
      throw new IllegalArgumentException(
          input.size(0) + " inputs, but " + target.size(0) + " targets");
    }
    this.input = input.retain();
    this.target = target == null ? null : target.retain();
    this.classes = classes;
  }

  public Tensor input() {
    return input;
  }

  public Tensor target() {
    return target;
  }

  @Override
  public int size() {
    return (int) input.size(0);
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public Batch get(long[] indices) {
    Tensor index = Tensor.of(indices, indices.length);
    return new Batch(
        input.indexSelect(0, index), target == null ? null : target.indexSelect(0, index));
  }
}
