package dev.proteus.models.bert;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;
import dev.proteus.models.text.Tokens;
import java.util.ArrayList;
import java.util.List;

/**
 * The encoder of BERT or RoBERTa: embeddings, blocks, and a pooler that heads may use. Slots have
 * the names of transformers' {@code BertModel} and {@code RobertaModel}.
 *
 * <pre>  x: ids [B, T] or packed tokens [B, 3, T], y: last hidden state [B, T, D]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1810.04805">BERT: Pre-training of Deep Bidirectional
 *     Transformers for Language Understanding</a>
 * @see <a href="https://arxiv.org/abs/1907.11692">RoBERTa: A Robustly Optimized BERT Pretraining
 *     Approach</a>
 */
public final class BertModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Embeddings> embeddings;
  private final List<Slot<BertLayer>> blocks = new ArrayList<>();
  private final Slot<Layer> pooler;

  private BertModel(BertConfig c, boolean afterPadding, boolean withPooler) {
    embeddings = slot("embeddings", Embeddings.class, new Embeddings(c, afterPadding));
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      blocks.add(slot("encoder.layer." + i, BertLayer.class, new BertLayer(c)));
    }
    pooler =
        withPooler
            ? slot(
                "pooler",
                new Sequential()
                    .add("dense", new Linear(c.hiddenSize(), c.hiddenSize()))
                    .add("activation", Activation.tanh()))
            : null;
    Fresh.weights(this, c.initializerRange());
  }

  /** A BERT with fresh weights. */
  public static BertModel bert(BertConfig c, boolean pooler) {
    return new BertModel(c, false, pooler);
  }

  /** A RoBERTa with fresh weights: its positions are counted past the padding's id. */
  public static BertModel roberta(BertConfig c, boolean pooler) {
    return new BertModel(c, true, pooler);
  }

  @Override
  public Tensor forward(Tensor x) {
    return hidden(Tokens.of(x));
  }

  /** The last hidden state, [B, T, D]. */
  public Tensor hidden(Tokens t) {
    Tensor y = Scope.lean(() -> embeddings.call(t.ids(), (l, in) -> l.embed(t)));
    Tensor bias = t.bias(y.dtype());
    for (Slot<BertLayer> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (l, h) -> l.run(h, bias)));
    }
    return y;
  }

  /**
   * What the pooler makes of the first token, [B, D].
   *
   * @param hidden the last hidden state, [B, T, D]
   * @throws IllegalStateException if the model was made without a pooler
   */
  public Tensor pooled(Tensor hidden) {
    if (pooler == null) {
      throw new IllegalStateException("this model has no pooler; make it with one");
    }
    return pooler.call(hidden.select(1, 0));
  }

  /** The table of words, for a head that shares it. */
  public Embedding words() {
    return embeddings.get().words();
  }
}
