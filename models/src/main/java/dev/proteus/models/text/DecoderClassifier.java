package dev.proteus.models.text;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A decoder that classifies a text by the hidden state of its last token.
 *
 * <pre>
 *   y = W hidden_last      x: ids [B, T] or packed tokens [B, 3, T], W: [C, D], y: logits [B, C]
 * </pre>
 */
public final class DecoderClassifier extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Decoder> base;
  private final Slot<Layer> score;
  private final Long padId;

  /**
   * @param name of the decoder's slot: {@code transformer}, {@code model}
   * @param padId is never the last token, even where the mask says that it is text; or null
   */
  public DecoderClassifier(String name, Decoder decoder, long classes, Long padId, double std) {
    base = slot(name, Decoder.class, decoder);
    Linear linear = new Linear(decoder.tokens().weight().value().size(1), classes, false);
    Fresh.weights(linear, std);
    score = slot("score", linear);
    this.padId = padId;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tokens t = Tokens.of(x);
    Tensor hidden = base.call(x);
    Tensor text = padId == null ? t.mask() : t.mask().mul(t.ids().ne((double) padId));
    Tensor last = Tensor.arange(x.size(-1)).to(x.device()).mul(text).argmax(1);
    Tensor index = last.reshape(-1, 1, 1).expand(hidden.size(0), 1, hidden.size(2));
    return score.call(hidden.gather(1, index).squeeze(1));
  }
}
