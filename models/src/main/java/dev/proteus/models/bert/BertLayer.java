package dev.proteus.models.bert;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * One block of BERT or RoBERTa: attention, then a feed-forward network, each with its residual and
 * norm behind it.
 *
 * <pre>  a = attention(x),  y = norm(a + W_2 act(W_1 a))      x, y: [B, T, D]  </pre>
 */
public final class BertLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<BertAttention> attention;
  private final Slot<Layer> intermediate;
  private final Slot<BertOutput> output;

  BertLayer(BertConfig c) {
    attention = slot("attention", BertAttention.class, new BertAttention(c));
    intermediate =
        slot(
            "intermediate",
            new Sequential()
                .add("dense", new Linear(c.hiddenSize(), c.intermediateSize()))
                .add("intermediate_act_fn", Activation.named(c.hiddenAct())));
    output = slot("output", BertOutput.class, new BertOutput(c.intermediateSize(), c));
  }

  /**
   * The function above.
   *
   * @param bias added to the attention scores, [B, 1, 1, T], or null
   */
  public Tensor run(Tensor x, Tensor bias) {
    Tensor a = attention.call(x, (l, in) -> l.attend(in, bias));
    return output.call(intermediate.call(a), (l, in) -> l.add(in, a));
  }
}
