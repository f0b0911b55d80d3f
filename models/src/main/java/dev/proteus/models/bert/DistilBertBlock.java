package dev.proteus.models.bert;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * One block of DistilBERT; BERT's, but for the names and no dropout after attention.
 *
 * <pre>  a = norm(x + attention(x)),  y = norm(a + dropout(W_2 act(W_1 a)))      x, y: [B, T, D]
 * </pre>
 */
public final class DistilBertBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<DistilBertAttention> attention;
  private final Slot<Layer> attentionNorm;
  private final Slot<Layer> ffn;
  private final Slot<Layer> outputNorm;

  DistilBertBlock(BertConfig c) {
    int d = c.hiddenSize();
    attention = slot("attention", DistilBertAttention.class, new DistilBertAttention(c));
    attentionNorm = slot("sa_layer_norm", norm(c));
    ffn =
        slot(
            "ffn",
            new Sequential()
                .add("lin1", new Linear(d, c.intermediateSize()))
                .add("activation", Activation.named(c.hiddenAct()))
                .add("lin2", new Linear(c.intermediateSize(), d))
                .add("dropout", new Dropout(c.hiddenDropoutProb())));
    outputNorm = slot("output_layer_norm", norm(c));
  }

  private static LayerNorm norm(BertConfig c) {
    return new LayerNorm(new long[] {c.hiddenSize()}, c.layerNormEps(), true, true);
  }

  /**
   * The function above.
   *
   * @param bias added to the attention scores, [B, 1, 1, T], or null
   */
  public Tensor run(Tensor x, Tensor bias) {
    Tensor a = attentionNorm.call(attention.call(x, (l, in) -> l.attend(in, bias)).add(x));
    return outputNorm.call(ffn.call(a).add(a));
  }
}
