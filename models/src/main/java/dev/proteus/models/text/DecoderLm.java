package dev.proteus.models.text;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A decoder that predicts the next token of each position.
 *
 * <pre>
 *   y = hidden W^T      x: ids [B, T] or packed tokens [B, 3, T], W: [V, D], y: logits [B, T, V]
 * </pre>
 */
public final class DecoderLm extends Layer implements CausalLm {
  private static final long serialVersionUID = 1L;

  private final Slot<Decoder> base;
  private final Slot<Layer> head;

  /**
   * @param name of the decoder's slot: {@code transformer}, {@code model}
   * @param tied whether the head's weight is the table of tokens
   */
  public DecoderLm(String name, Decoder decoder, boolean tied, double std) {
    base = slot(name, Decoder.class, decoder);
    Linear linear =
        tied
            ? new Linear(decoder.tokens().weight(), null)
            : new Linear(
                decoder.tokens().weight().value().size(1),
                decoder.tokens().weight().value().size(0),
                false);
    if (!tied) {
      Fresh.weights(linear, std);
    }
    head = slot("lm_head", linear);
  }

  @Override
  public Tensor forward(Tensor x) {
    return head.call(base.call(x));
  }

  @Override
  public Decoding begin(Tokens prompt, long newTokens) {
    return new Continuation(prompt, newTokens);
  }

  private final class Continuation implements Decoding {
    private final Tokens start;
    private final Tensor positions;
    private final Tensor mask;
    private final KeyValueCache cache;

    Continuation(Tokens prompt, long newTokens) {
      start = prompt.paddedLeft();
      long batch = start.ids().size(0);
      long length = start.ids().size(1);
      long all = length + newTokens;
      if (all > base.get().positions()) {
        throw new IllegalArgumentException(
            "the network has %d positions: not enough for a prompt of %d and %d new tokens"
                .formatted(base.get().positions(), length, newTokens));
      }
      Tensor known =
          Tensor.cat(1, start.mask(), Tensor.ones(batch, newTokens).toLike(start.mask()));
      positions = known.cumsum(1).sub(1).clampMin(0);
      mask = start.mask().all().itemBool() ? null : known;
      cache = base.get().cache(batch, all);
    }

    @Override
    public Tokens start() {
      return start;
    }

    @Override
    public Tensor next(Tensor ids) {
      long from = cache.length();
      long t = ids.size(1);
      CausalStep step =
          CausalStep.after(
              cache,
              positions.narrow(1, from, t),
              mask == null ? null : mask.narrow(1, 0, from + t));
      Tensor hidden = base.call(ids, (decoder, in) -> decoder.hidden(in, step));
      cache.advance(t);
      return head.call(hidden.select(1, t - 1));
    }
  }
}
