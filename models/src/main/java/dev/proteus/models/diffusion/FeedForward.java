package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * A gated feed-forward network (GEGLU), four times as wide inside.
 *
 * <pre>  y = W_2 (a gelu(b)),   [a, b] = W_1 x      x, y: [.., dim]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU Variants Improve Transformer</a>
 */
final class FeedForward extends Layer {
  private static final long serialVersionUID = 1L;

  private static final int WIDENING = 4;

  private final Slot<Layer> in;
  private final Slot<Layer> out;

  FeedForward(int dim) {
    int wide = WIDENING * dim;
    int gated = 2 * wide;
    in = slot("net.0.proj", new Linear(dim, gated));
    out = slot("net.2", new Linear(wide, dim));
  }

  @Override
  public Tensor forward(Tensor x) {
    List<Tensor> halves = in.call(x).chunk(2, -1);
    return out.call(halves.get(0).mul(F.gelu(halves.get(1), false)));
  }
}
