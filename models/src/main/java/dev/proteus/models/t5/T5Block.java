package dev.proteus.models.t5;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.KeyValueCache;

/**
 * One block: attention to the text itself, in a decoder attention to the encoder's text, and the
 * feed-forward network; x, y: [B, T, D].
 */
public final class T5Block extends Layer {
  private static final long serialVersionUID = 1L;

  private final int index;
  private final Slot<T5AttentionLayer> self;
  private final Slot<T5AttentionLayer> cross;
  private final Slot<Layer> feedForward;

  T5Block(T5Config c, int index, boolean decoder) {
    this.index = index;
    self =
        slot(
            "layer.0",
            T5AttentionLayer.class,
            new T5AttentionLayer(c, "SelfAttention", index == 0));
    cross =
        decoder
            ? slot(
                "layer.1",
                T5AttentionLayer.class,
                new T5AttentionLayer(c, "EncDecAttention", false))
            : null;
    feedForward = slot(decoder ? "layer.2" : "layer.1", new T5FeedForwardLayer(c));
  }

  /** The block of an encoder. */
  Tensor encode(Tensor x, Tensor bias) {
    return feedForward.call(self.call(x, (l, in) -> l.attendToItself(in, bias, null, index)));
  }

  /**
   * The block of a decoder.
   *
   * @param memory the encoder's text
   * @param memoryBias hides its padding; or null
   * @param cache of the positions before, or null
   */
  Tensor decode(
      Tensor x, Tensor bias, KeyValueCache.Entry memory, Tensor memoryBias, KeyValueCache cache) {
    Tensor y = self.call(x, (l, in) -> l.attendToItself(in, bias, cache, index));
    return feedForward.call(cross.call(y, (l, in) -> l.attendTo(memory, in, memoryBias)));
  }

  /** Keys and values of the encoder's text for this block of a decoder. */
  KeyValueCache.Entry remember(Tensor encoded) {
    return cross.get().attention().remember(encoded);
  }

  /** The first block's biases of relative positions: {@link T5Attention#bias}. */
  Tensor bias(Tensor x, long past, boolean bothWays) {
    return self.get().attention().bias(x, past, bothWays);
  }
}
