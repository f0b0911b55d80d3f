package dev.proteus.models.llama;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;
import dev.proteus.models.text.Heads;

/**
 * Causal self-attention whose query heads share keys and values in groups, with rotary positions.
 *
 * <pre>  q, k = turn(norm(x W_q)), turn(norm(x W_k)),  v = x W_v,  y = attention(q, k, v) W_o
 *   x, y: [B, T, D]; q: H heads, k, v: G heads; the norms, of each head, are Qwen3's alone  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2305.13245">GQA: Training Generalized Multi-Query Transformer
 *     Models from Multi-Head Checkpoints</a>
 */
public final class LlamaAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int index;
  private final int heads;
  private final int keyValueHeads;
  private final int window;
  private final double dropout;
  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> output;
  private final Slot<Layer> queryNorm;
  private final Slot<Layer> keyNorm;

  LlamaAttention(LlamaConfig c, int index, boolean projectionBias, boolean headNorm) {
    this.index = index;
    heads = c.numAttentionHeads();
    keyValueHeads = c.keyValueHeads();
    window = c.window(index);
    dropout = c.attentionDropout();
    int d = c.hiddenSize();
    int width = c.headWidth();
    boolean bias = projectionBias || c.attentionBias();
    query = slot("q_proj", new Linear(d, (long) heads * width, bias));
    key = slot("k_proj", new Linear(d, (long) keyValueHeads * width, bias));
    value = slot("v_proj", new Linear(d, (long) keyValueHeads * width, bias));
    output = slot("o_proj", new Linear((long) heads * width, d, c.attentionBias()));
    queryNorm = headNorm ? slot("q_norm", c.norm(width)) : null;
    keyNorm = headNorm ? slot("k_norm", c.norm(width)) : null;
  }

  Tensor attend(Tensor x, Rotary.Angles angles, CausalStep step) {
    Tensor q = Heads.split(query.call(x), heads);
    Tensor k = Heads.split(key.call(x), keyValueHeads);
    Tensor v = Heads.split(value.call(x), keyValueHeads);
    if (queryNorm != null) {
      q = queryNorm.call(q);
      k = keyNorm.call(k);
    }
    double p = isTraining() ? dropout : 0;
    Tensor y = step.attend(index, angles.turn(q), angles.turn(k), v, window, null, p);
    return output.call(Heads.join(y));
  }

  /** Scores and weighted sums. */
  @Override
  public long macs(Tensor x, Tensor y) {
    return 2 * x.numel() * x.size(1);
  }
}
