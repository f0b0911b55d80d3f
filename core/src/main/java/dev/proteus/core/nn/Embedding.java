package dev.proteus.core.nn;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * A table of vectors, looked up by index.
 *
 * <pre>  y[..] = weight[x[..]]      x: int64 or int32 [..], weight: [rows, dim], y: [.., dim]
 * </pre>
 */
public final class Embedding extends Layer {
  private static final long serialVersionUID = 1L;

  private static final long NO_PADDING = -1;

  private final Parameter weight;
  private final long paddingIdx;

  public Embedding(long rows, long dim) {
    this(rows, dim, NO_PADDING);
  }

  /**
   * @param paddingIdx a row that starts at zero and gets no gradient, or -1 for none
   */
  public Embedding(long rows, long dim, long paddingIdx) {
    if (paddingIdx < NO_PADDING || paddingIdx >= rows) {
      throw new IllegalArgumentException(
          "paddingIdx must be a row from 0 to " + (rows - 1) + ", or -1, but is " + paddingIdx);
    }
    Tensor w = Init.normal_(Tensor.empty(DType.FLOAT32, rows, dim), 0, 1);
    if (paddingIdx != NO_PADDING) {
      Autograd.noGrad(() -> w.get(paddingIdx).zero_());
    }
    this.weight = parameter("weight", w);
    this.paddingIdx = paddingIdx;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (x.dtype() != DType.INT64 && x.dtype() != DType.INT32) {
      throw wrongInput("int64 or int32 indices", x);
    }
    return F.embedding(x, weight.value(), paddingIdx);
  }

  public Parameter weight() {
    return weight;
  }

  /** The row that gets no gradient, or -1. */
  public long paddingIdx() {
    return paddingIdx;
  }

  @Override
  public String toString() {
    return "Embedding(" + weight.value().size(0) + ", " + weight.value().size(1) + ")";
  }
}
