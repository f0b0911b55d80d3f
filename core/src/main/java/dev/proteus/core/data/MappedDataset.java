package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/** A dataset whose inputs pass through a function. */
record MappedDataset(Dataset base, UnaryOperator<Tensor> transform) implements Dataset {
  @Override
  public int size() {
    return base.size();
  }

  @Override
  public Batch get(long[] indices) {
    Batch b = base.get(indices);
    return new Batch(transform.apply(b.input()), b.target());
  }

  @Override
  public int classes() {
    return base.classes();
  }

  @Override
  public List<String> classNames() {
    return base.classNames();
  }

  @Override
  public Tensor targets() {
    return base.targets();
  }

  @Override
  public int[] lengths() {
    return base.lengths();
  }
}
