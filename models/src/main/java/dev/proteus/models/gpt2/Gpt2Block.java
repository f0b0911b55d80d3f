package dev.proteus.models.gpt2;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;

/**
 * A block of GPT-2.
 *
 * <pre>  h = x + attn(ln_1(x)),  y = h + mlp(ln_2(h))      x, y: [B, T, D]  </pre>
 */
public final class Gpt2Block extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm1;
  private final Slot<Gpt2Attention> attention;
  private final Slot<Layer> norm2;
  private final Slot<Layer> mlp;

  Gpt2Block(Gpt2Config c, int index) {
    norm1 = slot("ln_1", c.norm());
    attention = slot("attn", Gpt2Attention.class, new Gpt2Attention(c, index));
    norm2 = slot("ln_2", c.norm());
    mlp = slot("mlp", new Gpt2Mlp(c));
  }

  Tensor run(Tensor x, CausalStep step) {
    Tensor h = x.add(attention.call(norm1.call(x), (a, in) -> a.attend(in, step)));
    return h.add(mlp.call(norm2.call(h)));
  }
}
