package dev.proteus.models.t5;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalLm;
import dev.proteus.models.text.KeyValueCache;
import dev.proteus.models.text.Tokens;

/**
 * T5 that writes a text from a text, with the names of transformers' {@code
 * T5ForConditionalGeneration}.
 *
 * <pre>  y = E hidden / sqrt(D), E: the word embeddings;  in v1.1 y = W hidden      y: [B, T, V]
 * </pre>
 */
public final class T5ForConditionalGeneration extends Layer implements CausalLm {
  private static final long serialVersionUID = 1L;

  private final T5Config c;
  private final Slot<T5Stack> encoder;
  private final Slot<T5Stack> decoder;
  private final Slot<Layer> head;

  public T5ForConditionalGeneration(T5Config c) {
    this.c = c;
    Embedding shared = T5.words(c);
    slot("shared", shared);
    encoder = slot("encoder", T5Stack.class, new T5Stack(c, shared, false));
    decoder = slot("decoder", T5Stack.class, new T5Stack(c, shared, true));
    head =
        slot(
            "lm_head",
            c.sharedHead()
                ? new Linear(shared.weight(), null)
                : T5.linear(c.dModel(), c.vocabSize(), c.initializerFactor()));
  }

  /**
   * Logits of what follows each token of the target, [B, T, V].
   *
   * @param target {@link #shifted} labels
   */
  public Tensor logits(Tokens source, Tokens target) {
    return head(T5.hidden(encoder, decoder, source, target));
  }

  private Tensor head(Tensor hidden) {
    return head.call(c.sharedHead() ? hidden.mul(1 / Math.sqrt(c.dModel())) : hidden);
  }

  /**
   * What the decoder is given to learn these labels: the start token and all but the last label.
   *
   * @param labels int64 [B, T]; negative ones, which losses ignore, become padding
   */
  public Tensor shifted(Tensor labels) {
    Tensor start = Tensor.full(DType.INT64, c.startToken(), labels.size(0), 1).toLike(labels);
    Tensor before = labels.narrow(1, 0, labels.size(1) - 1);
    return Tensor.cat(1, start, before.maskedFill(before.lt(0), c.padTokenId()));
  }

  @Override
  public Decoding begin(Tokens prompt, long newTokens) {
    Tensor encoded = encoder.call(prompt.ids(), (l, in) -> l.encode(prompt));
    long batch = encoded.size(0);
    T5Stack.Memory memory = decoder.get().remember(encoded, prompt);
    KeyValueCache cache =
        new KeyValueCache(
            c.decoderLayers(), encoded.dtype(), batch, c.numHeads(), newTokens, c.dKv());
    return new Decoding() {
      @Override
      public Tokens start() {
        return new Tokens(Tensor.full(DType.INT64, c.startToken(), batch, 1));
      }

      @Override
      public Tensor next(Tensor ids) {
        Tensor y = decoder.call(ids, (l, in) -> l.decode(new Tokens(in), memory, cache));
        return head(y.select(1, -1));
      }
    };
  }
}
