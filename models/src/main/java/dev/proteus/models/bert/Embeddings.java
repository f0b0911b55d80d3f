package dev.proteus.models.bert;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Tokens;

/**
 * What goes into a text encoder.
 *
 * <pre>  y = dropout(norm(word[ids] + type[types] + position[t]))      y: [B, T, D]  </pre>
 *
 * <p>t is 0, 1, …; or, as in RoBERTa, pad + 1, pad + 2, … over those ids that are not padding, and
 * pad itself for padding.
 */
public final class Embeddings extends Layer {
  private static final long serialVersionUID = 1L;

  private final boolean afterPadding;
  private final int padding;
  private final Slot<Layer> words;
  private final Slot<Embedding> positions;
  private final Slot<Embedding> types;
  private final Slot<Layer> norm;
  private final Slot<Layer> dropout;

  /**
   * @param afterPadding whether positions are counted as in RoBERTa
   */
  Embeddings(BertConfig c, boolean afterPadding) {
    this.afterPadding = afterPadding;
    padding = c.padTokenId();
    int d = c.hiddenSize();
    words = slot("word_embeddings", new Embedding(c.vocabSize(), d, padding));
    positions =
        slot(
            "position_embeddings",
            Embedding.class,
            new Embedding(c.maxPositionEmbeddings(), d, afterPadding ? padding : -1));
    // DistilBERT has no types.
    types =
        c.typeVocabSize() == 0
            ? null
            : slot("token_type_embeddings", Embedding.class, new Embedding(c.typeVocabSize(), d));
    norm = slot("LayerNorm", new LayerNorm(new long[] {d}, c.layerNormEps(), true, true));
    dropout = slot("dropout", new Dropout(c.hiddenDropoutProb()));
  }

  /** The function above. */
  public Tensor embed(Tokens t) {
    long room = positions.get().weight().value().size(0) - (afterPadding ? padding + 1 : 0);
    if (t.ids().size(1) > room) {
      throw new IllegalArgumentException(
          "texts of at most %d tokens are possible, got %d; truncate them"
              .formatted(room, t.ids().size(1)));
    }
    Tensor y = words.call(t.ids());
    if (types != null) {
      y = y.add(types.call(t.types()));
    }
    return dropout.call(norm.call(y.add(positions.call(positions(t.ids())))));
  }

  private Tensor positions(Tensor ids) {
    if (!afterPadding) {
      return Tensor.arange(ids.size(1)).to(ids.device());
    }
    Tensor isToken = ids.ne((double) padding).to(DType.INT64);
    return isToken.cumsum(1).mul(isToken).add((double) padding);
  }

  /** The table of words, for a head that shares it. */
  public Embedding words() {
    return words.get().first(Embedding.class);
  }
}
