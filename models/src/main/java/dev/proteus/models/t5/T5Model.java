package dev.proteus.models.t5;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Tokens;

/**
 * T5 without a head, with the names of transformers' {@code T5Model}. Texts may be padded anywhere.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">Exploring the Limits of Transfer Learning with a
 *     Unified Text-to-Text Transformer</a>
 */
public final class T5Model extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<T5Stack> encoder;
  private final Slot<T5Stack> decoder;

  public T5Model(T5Config c) {
    Embedding shared = T5.words(c);
    slot("shared", shared);
    encoder = slot("encoder", T5Stack.class, new T5Stack(c, shared, false));
    decoder = slot("decoder", T5Stack.class, new T5Stack(c, shared, true));
  }

  /** The decoder's last hidden state, [B, T, D], for a source and what is to follow from it. */
  public Tensor hidden(Tokens source, Tokens target) {
    return T5.hidden(encoder, decoder, source, target);
  }
}
