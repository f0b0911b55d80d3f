package dev.proteus.models.llama;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;

/**
 * A block of the Llama family.
 *
 * <pre>  h = x + attention(norm(x)),  y = h + mlp(norm(h))      x, y: [B, T, D]  </pre>
 */
public final class LlamaBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<LlamaAttention> attention;
  private final Slot<Layer> mlp;
  private final Slot<Layer> norm1;
  private final Slot<Layer> norm2;

  LlamaBlock(LlamaConfig c, LlamaAttention attention) {
    this.attention = slot("self_attn", LlamaAttention.class, attention);
    mlp = slot("mlp", new LlamaMlp(c));
    norm1 = slot("input_layernorm", c.norm(c.hiddenSize()));
    norm2 = slot("post_attention_layernorm", c.norm(c.hiddenSize()));
  }

  Tensor run(Tensor x, Rotary.Angles angles, CausalStep step) {
    Tensor h = x.add(attention.call(norm1.call(x), (a, in) -> a.attend(in, angles, step)));
    return h.add(mlp.call(norm2.call(h)));
  }
}
