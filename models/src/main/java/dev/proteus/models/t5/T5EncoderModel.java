package dev.proteus.models.t5;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * T5's encoder alone, with the names of transformers' {@code T5EncoderModel}.
 *
 * <pre>  x: ids [B, T] or packed tokens [B, 3, T], y: last hidden state [B, T, D]  </pre>
 */
public final class T5EncoderModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<T5Stack> encoder;

  public T5EncoderModel(T5Config c) {
    Embedding shared = T5.words(c);
    slot("shared", shared);
    encoder = slot("encoder", T5Stack.class, new T5Stack(c, shared, false));
  }

  @Override
  public Tensor forward(Tensor x) {
    return encoder.call(x);
  }
}
