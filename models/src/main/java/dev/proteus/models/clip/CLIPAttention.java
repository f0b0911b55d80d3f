package dev.proteus.models.clip;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * Self-attention of several heads.
 *
 * <pre>  y = out_proj(softmax(q k^T / sqrt(D / heads) + mask) v)      x, y: [N, T, D]  </pre>
 */
final class CLIPAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> query;
  private final Slot<Layer> key;
  private final Slot<Layer> value;
  private final Slot<Layer> out;
  private final int heads;
  private final double dropout;

  CLIPAttention(CLIPTower c) {
    int d = c.hiddenSize();
    double std = c.initializerFactor() / Math.sqrt(d);
    double in = std / Math.sqrt(2.0 * c.numHiddenLayers());
    query = slot("q_proj", CLIPEncoder.linear(d, d, in));
    key = slot("k_proj", CLIPEncoder.linear(d, d, in));
    value = slot("v_proj", CLIPEncoder.linear(d, d, in));
    out = slot("out_proj", CLIPEncoder.linear(d, d, std));
    heads = c.numAttentionHeads();
    dropout = c.attentionDropout();
  }

  /** Without a mask. */
  @Override
  public Tensor forward(Tensor x) {
    return attend(x, null, false);
  }

  /**
   * The function above.
   *
   * @param bias added to the scores, or null
   * @param causal whether no token attends to later ones
   */
  Tensor attend(Tensor x, Tensor bias, boolean causal) {
    Tensor y =
        F.scaledDotProductAttention(
            split(query.call(x)),
            split(key.call(x)),
            split(value.call(x)),
            bias,
            causal,
            null,
            isTraining() ? dropout : 0,
            Generator.current());
    return out.call(y.transpose(1, 2).flatten(2, 3));
  }

  private Tensor split(Tensor x) {
    return x.unflatten(2, heads, x.size(2) / heads).transpose(1, 2);
  }

  @Override
  public long macs(Tensor input, Tensor output) {
    return 2 * input.numel() * input.size(1);
  }
}
