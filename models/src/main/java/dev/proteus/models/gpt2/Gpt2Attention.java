package dev.proteus.models.gpt2;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;
import dev.proteus.models.text.Heads;
import java.util.List;

/**
 * Causal self-attention whose three projections are one layer.
 *
 * <pre>  q, k, v = c_attn(x),  y = dropout(c_proj(attention(q, k, v)))      x, y: [B, T, D]  </pre>
 */
public final class Gpt2Attention extends Layer {
  private static final long serialVersionUID = 1L;

  private final int index;
  private final int heads;
  private final double scale;
  private final double dropout;
  private final Slot<Layer> input;
  private final Slot<Layer> output;
  private final Slot<Layer> residualDropout;

  Gpt2Attention(Gpt2Config c, int index) {
    this.index = index;
    heads = c.heads();
    double root = c.scaleAttnWeights() ? Math.sqrt((double) c.width() / heads) : 1;
    scale = 1 / (root * (c.scaleAttnByInverseLayerIdx() ? index + 1 : 1));
    dropout = c.attentionDropout();
    input = slot("c_attn", new TransposedLinear(c.width(), 3L * c.width()));
    output = slot("c_proj", new TransposedLinear(c.width(), c.width()));
    residualDropout = slot("resid_dropout", new Dropout(c.residualDropout()));
  }

  /** The function above. */
  public Tensor attend(Tensor x, CausalStep step) {
    List<Tensor> qkv = input.call(x).chunk(3, -1);
    Tensor y =
        step.attend(
            index,
            Heads.split(qkv.get(0), heads),
            Heads.split(qkv.get(1), heads),
            Heads.split(qkv.get(2), heads),
            0,
            scale,
            isTraining() ? dropout : 0);
    return residualDropout.call(output.call(Heads.join(y)));
  }

  /** Scores and weighted sums. */
  @Override
  public long macs(Tensor x, Tensor y) {
    return 2 * x.numel() * x.size(1);
  }
}
