package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Some samples of another dataset. */
final class Subset implements Dataset {
  private final Dataset base;
  private final long[] indices;

  Subset(Dataset base, long[] indices) {
    for (long i : indices) {
      if (i < 0 || i >= base.size()) {
        throw new IndexOutOfBoundsException("sample " + i + " of a dataset of " + base.size());
      }
    }
    this.base = base;
    this.indices = indices.clone();
  }

  @Override
  public int size() {
    return indices.length;
  }

  @Override
  public Batch get(long[] wanted) {
    long[] inBase = new long[wanted.length];
    for (int i = 0; i < wanted.length; i++) {
      inBase[i] = indices[Math.toIntExact(wanted[i])];
    }
    return base.get(inBase);
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
    Tensor all = base.targets();
    return all == null ? null : all.indexSelect(0, Tensor.of(indices, indices.length));
  }

  @Override
  public int[] lengths() {
    int[] all = base.lengths();
    return all == null
        ? null
        : Arrays.stream(indices).mapToInt(i -> all[Math.toIntExact(i)]).toArray();
  }
}
