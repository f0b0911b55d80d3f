package dev.proteus.models.bert;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Heads;

/**
 * Multi-head self-attention without its output projection.
 *
 * <pre>  head_h = dropout(softmax(q_h k_h^T / sqrt(d) + bias)) v_h      d = D / heads
 *   x, y = [head_1 .. head_H]: [B, T, D], bias: [B, 1, 1, T]  </pre>
 */
public final class BertSelfAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int heads;
  private final double dropout;
  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;

  BertSelfAttention(BertConfig c) {
    heads = c.numAttentionHeads();
    dropout = c.attentionProbsDropoutProb();
    int d = c.hiddenSize();
    query = slot("query", new Linear(d, d));
    key = slot("key", new Linear(d, d));
    value = slot("value", new Linear(d, d));
  }

  /**
   * The function above.
   *
   * @param bias added to the scores, or null
   */
  public Tensor attend(Tensor x, Tensor bias) {
    Tensor q = Heads.split(query.call(x), heads);
    Tensor k = Heads.split(key.call(x), heads);
    Tensor v = Heads.split(value.call(x), heads);
    double p = isTraining() ? dropout : 0;
    return Heads.join(
        F.scaledDotProductAttention(q, k, v, bias, false, null, p, Generator.current()));
  }

  /** Scores and weighted sums. */
  @Override
  public long macs(Tensor input, Tensor output) {
    return 2 * input.numel() * input.size(1);
  }
}
