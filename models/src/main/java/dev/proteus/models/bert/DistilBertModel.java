package dev.proteus.models.bert;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;
import dev.proteus.models.text.Tokens;
import java.util.ArrayList;
import java.util.List;

/**
 * DistilBERT's encoder, with the names of transformers' {@code DistilBertModel}. It has no token
 * types and no pooler.
 *
 * <pre>  x: ids [B, T] or packed tokens [B, 3, T], y: last hidden state [B, T, D]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1910.01108">DistilBERT, a distilled version of BERT</a>
 */
public final class DistilBertModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Embeddings> embeddings;
  private final List<Slot<DistilBertBlock>> blocks = new ArrayList<>();

  DistilBertModel(BertConfig c) {
    embeddings = slot("embeddings", Embeddings.class, new Embeddings(c, false));
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      blocks.add(slot("transformer.layer." + i, DistilBertBlock.class, new DistilBertBlock(c)));
    }
    Fresh.weights(this, c.initializerRange());
  }

  @Override
  public Tensor forward(Tensor x) {
    return hidden(Tokens.of(x));
  }

  /** The last hidden state, [B, T, D]. */
  public Tensor hidden(Tokens t) {
    Tensor y = Scope.lean(() -> embeddings.call(t.ids(), (l, in) -> l.embed(t)));
    Tensor bias = t.bias(y.dtype());
    for (Slot<DistilBertBlock> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (l, h) -> l.run(h, bias)));
    }
    return y;
  }

  /** The table of words, for a head that shares it. */
  public Embedding words() {
    return embeddings.get().words();
  }
}
