package dev.proteus.models.t5;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Heads;
import dev.proteus.models.text.KeyValueCache;

/**
 * Multi-head attention, without scaling of the scores; the first layer of a stack has the table of
 * relative positions, whose biases all layers of the stack use.
 *
 * <pre>  y = W_o [dropout(softmax(q_h k_h^T + bias)) v_h, over heads h]
 *   x, y: [B, T, D], k, v: [B, heads, S, d], bias: broadcast to [B, heads, T, S]  </pre>
 */
public final class T5Attention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int heads;
  private final double dropout;
  private final int buckets;
  private final int maxDistance;
  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> out;
  private final Slot<Layer> positions;

  T5Attention(T5Config c, boolean withPositions) {
    heads = c.numHeads();
    dropout = c.dropoutRate();
    buckets = c.relativeAttentionNumBuckets();
    maxDistance = c.relativeAttentionMaxDistance();
    int d = c.dModel();
    int inner = c.numHeads() * c.dKv();
    double f = c.initializerFactor();
    query = slot("q", T5.linear(d, inner, f / Math.sqrt((double) d * c.dKv())));
    key = slot("k", T5.linear(d, inner, f / Math.sqrt(d)));
    value = slot("v", T5.linear(d, inner, f / Math.sqrt(d)));
    out = slot("o", T5.linear(inner, d, f / Math.sqrt(inner)));
    if (withPositions) {
      Embedding table = new Embedding(buckets, heads);
      Init.normal_(table.weight().value(), 0, f / Math.sqrt(d));
      positions = slot("relative_attention_bias", table);
    } else {
      positions = null;
    }
  }

  /** Keys and values of what is attended to, [B, S, D]. */
  KeyValueCache.Entry remember(Tensor source) {
    return new KeyValueCache.Entry(
        Heads.split(key.call(source), heads), Heads.split(value.call(source), heads));
  }

  /**
   * The function above.
   *
   * @param bias added to the scores, or null
   */
  Tensor attend(Tensor x, KeyValueCache.Entry memory, Tensor bias) {
    Tensor q = Heads.split(query.call(x), heads);
    double p = isTraining() ? dropout : 0;
    return out.call(
        Heads.join(
            F.scaledDotProductAttention(
                q, memory.keys(), memory.values(), bias, false, 1.0, p, Generator.current())));
  }

  /**
   * Biases of the relative positions of x, [B, T, D], and of {@code past} ones before it as keys;
   * [1, heads, T, past + T].
   *
   * @param bothWays false in a decoder
   */
  Tensor bias(Tensor x, long past, boolean bothWays) {
    Tensor bucket =
        RelativeBuckets.of(past, x.size(1), past + x.size(1), bothWays, buckets, maxDistance);
    return positions.call(bucket.to(x.device())).permute(2, 0, 1).unsqueeze(0);
  }
}
