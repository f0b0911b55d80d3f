package dev.proteus.models.vit;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * A block of the encoder: attention and a feed-forward part, each normalised before and added to
 * what came in.
 *
 * <pre>  a = x + attention(norm(x)),  y = a + output(act(intermediate(norm(a))))      [N, T, D]
 * </pre>
 */
final class ViTLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> before;
  private final Slot<Layer> attention;
  private final Slot<Layer> after;
  private final Slot<Layer> intermediate;
  private final Slot<Layer> output;
  private final Activation act;
  private final double dropout;

  ViTLayer(ViTConfig c) {
    long[] d = {c.hiddenSize()};
    before = slot("layernorm_before", new LayerNorm(d, c.layerNormEps(), true, true));
    attention = slot("attention", new ViTAttention(c));
    after = slot("layernorm_after", new LayerNorm(d, c.layerNormEps(), true, true));
    intermediate = slot("intermediate.dense", new Linear(d[0], c.intermediateSize()));
    output = slot("output.dense", new Linear(c.intermediateSize(), d[0]));
    act = Activation.named(c.hiddenAct());
    dropout = c.hiddenDropoutProb();
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor a = x.add(dropped(attention.call(before.call(x))));
    Tensor hidden = act.forward(intermediate.call(after.call(a)));
    return a.add(dropped(output.call(hidden)));
  }

  private Tensor dropped(Tensor x) {
    return F.dropout(x, isTraining() ? dropout : 0, Generator.current());
  }
}
