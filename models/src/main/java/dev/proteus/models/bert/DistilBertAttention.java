package dev.proteus.models.bert;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Heads;

/**
 * Multi-head self-attention with DistilBERT's names.
 *
 * <pre>  y = W_o [dropout(softmax(q_h k_h^T / sqrt(d) + bias)) v_h, over heads h] + b_o
 *   x, y: [B, T, D], bias: [B, 1, 1, T], d = D / heads  </pre>
 */
public final class DistilBertAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int heads;
  private final double dropout;
  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> out;

  DistilBertAttention(BertConfig c) {
    heads = c.numAttentionHeads();
    dropout = c.attentionProbsDropoutProb();
    int d = c.hiddenSize();
    query = slot("q_lin", new Linear(d, d));
    key = slot("k_lin", new Linear(d, d));
    value = slot("v_lin", new Linear(d, d));
    out = slot("out_lin", new Linear(d, d));
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
    return out.call(
        Heads.join(
            F.scaledDotProductAttention(q, k, v, bias, false, null, p, Generator.current())));
  }

  /** Scores and weighted sums. */
  @Override
  public long macs(Tensor input, Tensor output) {
    return 2 * input.numel() * input.size(1);
  }
}
