package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Samples that are in memory as two tensors. */
public final class TensorDataset implements Dataset {
  private final Tensor input;
  private final Tensor target;
  private final List<String> classNames;

  /**
   * Samples whose classes have no names.
   *
   * @param input [N, ..]
   * @param target [N, ..] or null
   * @param classes number of classes, or 0
   */
  public TensorDataset(Tensor input, Tensor target, int classes) {
    this(input, target, IntStream.range(0, classes).mapToObj(Integer::toString).toList());
  }

  /**
   * Samples with names for their classes.
   *
   * @param input [N, ..]
   * @param target [N, ..] or null; int64 [N] with values below the number of classes, if there are
   *     any
   * @param classNames names of the classes; empty where targets are not classes
   */
  public TensorDataset(Tensor input, Tensor target, List<String> classNames) {
    if (target != null && target.size(0) != input.size(0)) {
      throw new IllegalArgumentException(
          input.size(0) + " inputs, but " + target.size(0) + " targets");
    }
    if (target != null && !classNames.isEmpty()) {
      checkClasses(target, classNames.size());
    }
    this.input = input.retain();
    this.target = target == null ? null : target.retain();
    this.classNames = List.copyOf(classNames);
  }

  private static void checkClasses(Tensor target, int classes) {
    if (target.dim() != 1 || target.dtype() != DType.INT64) {
      throw new IllegalArgumentException(
          "classes must be int64 [N], but the targets are " + target.describe());
    }
    try (Scope s = Scope.open()) {
      if (target.numel() > 0
          && (target.amin().itemLong() < 0 || target.amax().itemLong() >= classes)) {
        throw new IllegalArgumentException(
            "targets must be from 0 to "
                + (classes - 1)
                + ", but are from "
                + target.amin().itemLong()
                + " to "
                + target.amax().itemLong());
      }
    }
  }

  public Tensor input() {
    return input;
  }

  public Tensor target() {
    return target;
  }

  @Override
  public Tensor targets() {
    return target;
  }

  @Override
  public int size() {
    return (int) input.size(0);
  }

  @Override
  public int classes() {
    return classNames.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Batch get(long[] indices) {
    Tensor index = Tensor.of(indices, indices.length);
    return new Batch(
        input.indexSelect(0, index), target == null ? null : target.indexSelect(0, index));
  }
}
