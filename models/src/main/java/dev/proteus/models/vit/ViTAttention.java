package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * Self-attention of several heads over all tokens.
 *
 * <pre>  y = dense(softmax(q k^T / sqrt(D / heads)) v)      x, y: [N, T, D]  </pre>
 */
final class ViTAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> dense;
  private final int heads;
  private final double dropout;

  ViTAttention(ViTConfig c) {
    int d = c.hiddenSize();
    query = slot("attention.query", new Linear(d, d, c.qkvBias()));
    key = slot("attention.key", new Linear(d, d, c.qkvBias()));
    value = slot("attention.value", new Linear(d, d, c.qkvBias()));
    dense = slot("output.dense", new Linear(d, d));
    heads = c.numAttentionHeads();
    dropout = c.attentionProbsDropoutProb();
  }

  private Tensor split(Tensor x) {
    return x.unflatten(2, heads, x.size(2) / heads).transpose(1, 2);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y =
        F.scaledDotProductAttention(
            split(query.call(x)),
            split(key.call(x)),
            split(value.call(x)),
            null,
            false,
            null,
            isTraining() ? dropout : 0,
            Generator.current());
    return dense.call(y.transpose(1, 2).flatten(2, 3));
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return 2 * input.numel() * input.size(1);
  }
}
