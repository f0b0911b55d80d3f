package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * Self-attention, attention to the encoder's states, and a feed-forward network, each after a norm
 * and around a shortcut; x, y: [N, T, dim], states: [N, S, encoderDim].
 */
final class TransformerBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm1;
  private final Slot<Attention> self;
  private final Slot<Layer> norm2;
  private final Slot<Attention> cross;
  private final Slot<Layer> norm3;
  private final Slot<Layer> feedForward;

  TransformerBlock(int dim, int encoderDim, int heads, int headDim) {
    norm1 = slot("norm1", new LayerNorm(dim));
    self = slot("attn1", Attention.class, new Attention(dim, dim, heads, headDim, false));
    norm2 = slot("norm2", new LayerNorm(dim));
    cross = slot("attn2", Attention.class, new Attention(dim, encoderDim, heads, headDim, false));
    norm3 = slot("norm3", new LayerNorm(dim));
    feedForward = slot("ff", new FeedForward(dim));
  }

  Tensor run(Tensor x, Conditions c) {
    Tensor first =
        Scope.lean(() -> x.add(self.call(norm1.call(x), (l, in) -> l.attend(in, in, null))));
    Tensor second =
        Scope.lean(
            () ->
                first.add(
                    cross.call(
                        norm2.call(first), (l, in) -> l.attend(in, c.states(), c.attended()))));
    return Scope.lean(() -> second.add(feedForward.call(norm3.call(second))));
  }
}
