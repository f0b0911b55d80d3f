package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Multi-head attention of positions to a context.
 *
 * <pre>  y = W_o [head_1 .. head_H] + b_o,   head_h = softmax(q_h k_h^T / sqrt(d)) v_h
 *   x: [N, T, dim], context: [N, S, contextDim], y: [N, T, dim]  </pre>
 */
class Attention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int heads;
  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> out;

  /**
   * @param bias of query, key and value; the output always has one
   */
  Attention(int dim, int contextDim, int heads, int headDim, boolean bias) {
    if (heads < 1 || headDim < 1) {
      throw new IllegalArgumentException(
          "config.json: attention_head_dim leaves no head for " + dim + " channels");
    }
    int inner = heads * headDim;
    this.heads = heads;
    query = slot("to_q", new Linear(dim, inner, bias));
    key = slot("to_k", new Linear(contextDim, inner, bias));
    value = slot("to_v", new Linear(contextDim, inner, bias));
    out = slot("to_out.0", new Linear(inner, dim));
  }

  /**
   * Attends.
   *
   * @param mask which positions of the context count, boolean [N, 1, 1, S], or null for all
   */
  final Tensor attend(Tensor x, Tensor context, Tensor mask) {
    Tensor y =
        F.scaledDotProductAttention(
            split(query.call(x)),
            split(key.call(context)),
            split(value.call(context)),
            mask,
            false,
            null);
    return out.call(y.transpose(1, 2).flatten(2, 3));
  }

  /** [N, T, heads d] to [N, heads, T, d]. */
  private Tensor split(Tensor x) {
    return x.unflatten(2, heads, -1).transpose(1, 2);
  }
}
