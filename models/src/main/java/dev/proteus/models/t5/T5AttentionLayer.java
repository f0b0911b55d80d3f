package dev.proteus.models.t5;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.RMSNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.KeyValueCache;

/**
 * Attention with its norm before it and its residual.
 *
 * <pre>  y = x + dropout(attention(norm(x)))      x, y: [B, T, D]  </pre>
 */
public final class T5AttentionLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<T5Attention> attention;
  private final Slot<Layer> norm;
  private final Slot<Layer> dropout;

  /**
   * @param name of the attention: {@code SelfAttention} or {@code EncDecAttention}
   */
  T5AttentionLayer(T5Config c, String name, boolean withPositions) {
    attention = slot(name, T5Attention.class, new T5Attention(c, withPositions));
    norm = slot("layer_norm", new RMSNorm(c.dModel(), c.layerNormEpsilon()));
    dropout = slot("dropout", new Dropout(c.dropoutRate()));
  }

  /**
   * Attention of a text to itself.
   *
   * @param cache of the positions before these, to which they are added as those of layer {@code
   *     index}; null if there is none
   */
  Tensor attendToItself(Tensor x, Tensor bias, KeyValueCache cache, int index) {
    Tensor in = norm.call(x);
    KeyValueCache.Entry here = attention.get().remember(in);
    KeyValueCache.Entry all =
        cache == null ? here : cache.append(index, here.keys(), here.values());
    return x.add(dropout.call(attention.call(in, (l, y) -> l.attend(y, all, bias))));
  }

  /** Attention to another text. */
  Tensor attendTo(KeyValueCache.Entry memory, Tensor x, Tensor bias) {
    Tensor y = attention.call(norm.call(x), (l, in) -> l.attend(in, memory, bias));
    return x.add(dropout.call(y));
  }

  T5Attention attention() {
    return attention.get();
  }
}
