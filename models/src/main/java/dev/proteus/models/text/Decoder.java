package dev.proteus.models.text;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;

/**
 * A transformer whose positions see only what comes before; heads are put on it.
 *
 * <pre>  x: ids [B, T] or packed tokens [B, 3, T], y: last hidden state [B, T, D]  </pre>
 */
public abstract class Decoder extends Layer {
  private static final long serialVersionUID = 1L;

  @Override
  public final Tensor forward(Tensor x) {
    Tokens t = Tokens.of(x);
    return hidden(t.ids(), CausalStep.of(t));
  }

  /** The last hidden state of the step's positions, [B, T, D]. */
  public abstract Tensor hidden(Tensor ids, CausalStep step);

  /** An empty cache for so many positions of a batch. */
  public abstract KeyValueCache cache(long batch, long positions);

  /** The table of tokens, which a head may share; [V, D]. */
  public abstract Embedding tokens();

  /** The most positions that a text may have; {@link Long#MAX_VALUE} without a limit. */
  public abstract long positions();
}
