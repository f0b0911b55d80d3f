package dev.proteus.methods.domain;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.method.Paper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A labelled source and an unlabelled target as one training set: samples of the source have their
 * class, those of the target {@link #UNLABELLED}. The smaller one is repeated, so that a shuffled
 * batch is half source, half target, on average; labels that the target may have are not read.
 */
@Paper(id = "dann")
public final class TwoDomains implements Dataset {
  /** The target of samples without a label; cross entropy ignores it. */
  public static final long UNLABELLED = -100;

  private final Dataset source;
  private final Dataset target;
  private final int each;

  /**
   * @param source with classes
   * @param target samples of the same shape
   */
  public TwoDomains(Dataset source, Dataset target) {
    if (source.classes() == 0 || source.size() == 0 || target.size() == 0) {
      throw new IllegalArgumentException(
          "two domains need a source with classes and a target, got %d samples of %d classes and %d"
              .formatted(source.size(), source.classes(), target.size()));
    }
    this.source = source;
    this.target = target;
    this.each = Math.max(source.size(), target.size());
  }

  /** First all of the source, then all of the target. */
  @Override
  public int size() {
    return 2 * each;
  }

  @Override
  public Batch get(long[] indices) {
    long[] first = LongStream.of(indices).filter(i -> i < each).toArray();
    long[] second = LongStream.of(indices).filter(i -> i >= each).toArray();
    if (second.length == 0) {
      return labelled(first);
    }
    Tensor input = target.get(modulo(second, target.size())).input();
    Tensor none = Tensor.full(DType.INT64, UNLABELLED, second.length);
    if (first.length == 0) {
      return new Batch(input, none);
    }
    Batch known = labelled(first);
    return new Batch(Tensor.cat(0, known.input(), input), Tensor.cat(0, known.target(), none));
  }

  private Batch labelled(long[] indices) {
    return source.get(modulo(indices, source.size()));
  }

  private long[] modulo(long[] indices, int size) {
    return LongStream.of(indices).map(i -> i % each % size).toArray();
  }

  @Override
  public int classes() {
    return source.classes();
  }

  @Override
  public List<String> classNames() {
    return source.classNames();
  }

  @Override
  public Tensor targets() {
    Tensor known = source.targets().indexSelect(0, cycle());
    return Tensor.cat(0, known, Tensor.full(DType.INT64, UNLABELLED, each));
  }

  private Tensor cycle() {
    return Tensor.of(modulo(LongStream.range(0, each).toArray(), source.size()), each);
  }
}
