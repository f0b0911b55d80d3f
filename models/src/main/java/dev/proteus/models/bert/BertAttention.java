package dev.proteus.models.bert;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/** The attention part of a BERT block: {@link BertSelfAttention}, then {@link BertOutput}. */
public final class BertAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<BertSelfAttention> self;
  private final Slot<BertOutput> output;

  BertAttention(BertConfig c) {
    self = slot("self", BertSelfAttention.class, new BertSelfAttention(c));
    output = slot("output", BertOutput.class, new BertOutput(c.hiddenSize(), c));
  }

  /**
   * The function above; x, y: [B, T, D].
   *
   * @param bias added to the scores, or null
   */
  public Tensor attend(Tensor x, Tensor bias) {
    Tensor y = self.call(x, (l, in) -> l.attend(in, bias));
    return output.call(y, (l, in) -> l.add(in, x));
  }
}
