package dev.proteus.models.clip;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Tokens;

/**
 * CLIP's encoder of texts, in which a token attends to itself and to those before it.
 *
 * <pre>  x: ids [B, T] or a packed batch [B, 3, T], y: last hidden state [B, T, D]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2103.00020">Learning Transferable Visual Models From Natural
 *     Language Supervision</a>
 */
public final class CLIPTextModel extends Layer {
  private static final long serialVersionUID = 1L;

  private static final double STD = 0.02;
  private static final double NEVER = -1e38;

  /** What {@code eos_token_id} is in early files, where it is not that of the vocabulary. */
  private static final int EARLY = 2;

  private final Slot<Embedding> tokens;
  private final Slot<Embedding> positions;
  private final Slot<CLIPEncoder> encoder;
  private final Slot<Layer> norm;
  private final int end;

  public CLIPTextModel(CLIPTextConfig c) {
    double std = STD * c.initializerFactor();
    tokens = slot("embeddings.token_embedding", Embedding.class, table(c, c.vocabSize(), std));
    positions =
        slot(
            "embeddings.position_embedding",
            Embedding.class,
            table(c, c.maxPositionEmbeddings(), std));
    encoder = slot("encoder", CLIPEncoder.class, new CLIPEncoder(c));
    norm = slot("final_layer_norm", CLIPEncoderLayer.norm(c));
    end = c.eosTokenId();
  }

  static Embedding table(CLIPTower c, int rows, double std) {
    Embedding e = new Embedding(rows, c.hiddenSize());
    Init.normal_(e.weight().value(), 0, std);
    return e;
  }

  /**
   * What the encoder makes of a batch.
   *
   * @param hidden last hidden state, [B, T, D]
   * @param pooled its vector at the first end-of-text token, [B, D]
   */
  public record Encoded(Tensor hidden, Tensor pooled) {}

  @Override
  public Tensor forward(Tensor x) {
    return hidden(Tokens.of(x));
  }

  /** The function above, and the vectors that stand for whole texts. */
  public Encoded encode(Tokens t) {
    Tensor hidden = hidden(t);
    Tensor ends = end == EARLY ? t.ids() : t.ids().eq(end).to(DType.INT64);
    Tensor at = ends.argmax(1).reshape(-1, 1, 1).expand(-1, 1, hidden.size(2));
    return new Encoded(hidden, hidden.gather(1, at).squeeze(1));
  }

  private Tensor hidden(Tokens t) {
    long length = t.ids().size(1);
    Tensor table = positions.get().weight().value();
    if (length > table.size(0)) {
      throw new IllegalArgumentException(
          "texts of at most %d tokens are possible, got %d; truncate them"
              .formatted(table.size(0), length));
    }
    Tensor ids = Tensor.arange(length).to(t.ids().device());
    Tensor x = tokens.call(t.ids()).add(positions.call(ids));
    Tensor padding = t.bias(x.dtype());
    Tensor bias =
        padding == null
            ? null
            : padding.add(Tensor.ones(length, length).toLike(x).triu(1).mul(NEVER));
    return norm.call(encoder.call(x, (e, in) -> e.encode(in, bias, bias == null)));
  }
}
