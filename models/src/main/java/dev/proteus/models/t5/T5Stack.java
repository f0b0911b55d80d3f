package dev.proteus.models.t5;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.RMSNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.KeyValueCache;
import dev.proteus.models.text.Tokens;
import java.util.ArrayList;
import java.util.List;

/** The encoder or the decoder: embeddings, blocks, a norm; hidden states are [B, T, D]. */
public final class T5Stack extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> words;
  private final List<Slot<T5Block>> blocks = new ArrayList<>();
  private final Slot<Layer> norm;
  private final Slot<Layer> dropout;

  T5Stack(T5Config c, Embedding shared, boolean decoder) {
    words = slot("embed_tokens", shared);
    int n = decoder ? c.decoderLayers() : c.numLayers();
    for (int i = 0; i < n; i++) {
      blocks.add(slot("block." + i, T5Block.class, new T5Block(c, i, decoder)));
    }
    norm = slot("final_layer_norm", new RMSNorm(c.dModel(), c.layerNormEpsilon()));
    dropout = slot("dropout", new Dropout(c.dropoutRate()));
  }

  /** An encoder's last hidden state. */
  @Override
  public Tensor forward(Tensor x) {
    return encode(Tokens.of(x));
  }

  /** An encoder's last hidden state. */
  public Tensor encode(Tokens t) {
    Tensor y = dropout.call(words.call(t.ids()));
    Tensor bias = plus(blocks.get(0).get().bias(y, 0, true), t.bias(y.dtype()));
    for (Slot<T5Block> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (l, h) -> l.encode(h, bias)));
    }
    return dropout.call(norm.call(y));
  }

  /**
   * What a decoder knows of the encoder's text: keys and values for each block, and what hides the
   * padding (or null).
   */
  record Memory(List<KeyValueCache.Entry> entries, Tensor bias) {}

  /** Computes that once for all positions that will be decoded. */
  Memory remember(Tensor encoded, Tokens source) {
    return new Memory(
        blocks.stream().map(b -> b.get().remember(encoded)).toList(), source.bias(encoded.dtype()));
  }

  /**
   * A decoder's last hidden state of the positions of {@code t}.
   *
   * @param cache of the positions before those, to which they are added; then nothing of {@code t}
   *     may be padding. Null if there are none
   */
  Tensor decode(Tokens t, Memory memory, KeyValueCache cache) {
    Tensor x = dropout.call(words.call(t.ids()));
    long n = t.ids().size(1);
    long past = cache == null ? 0 : cache.length();
    Tensor positions = blocks.get(0).get().bias(x, past, false);
    Tensor causal = n == 1 ? null : later(n, past, x.dtype()).to(x.device());
    Tensor padding = cache == null ? t.bias(x.dtype()) : null;
    Tensor bias = plus(plus(positions, causal), padding);
    Tensor y = x;
    for (int i = 0; i < blocks.size(); i++) {
      Slot<T5Block> block = blocks.get(i);
      KeyValueCache.Entry entry = memory.entries.get(i);
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (l, h) -> l.decode(h, bias, entry, memory.bias, cache)));
    }
    if (cache != null) {
      cache.advance(n);
    }
    return dropout.call(norm.call(y));
  }

  /** Hides from each of the n last positions those after it; [n, past + n]. */
  private static Tensor later(long n, long past, DType type) {
    return Tokens.never(Tensor.ones(n, past + n).triu((int) past + 1), type);
  }

  private static Tensor plus(Tensor a, Tensor b) {
    return b == null ? a : a.add(b);
  }
}
