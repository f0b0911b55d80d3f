package dev.proteus.models.t5;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * Two linear layers with an activation between them; in v1.1 a third one gates it.
 *
 * <pre>  y = W_o dropout(act(W_i x)),  or  W_o dropout(act(W_0 x) * W_1 x)      x, y: [B, T, D]
 * </pre>
 *
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU Variants Improve Transformer</a>
 */
public final class T5FeedForward extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> in;
  private final Slot<Layer> gate;
  private final Slot<Layer> out;
  private final Slot<Layer> dropout;
  private final Slot<Layer> act;

  T5FeedForward(T5Config c) {
    double std = c.initializerFactor() / Math.sqrt(c.dModel());
    in = slot(c.gated() ? "wi_0" : "wi", T5.linear(c.dModel(), c.dFf(), std));
    gate = c.gated() ? slot("wi_1", T5.linear(c.dModel(), c.dFf(), std)) : null;
    out = slot("wo", T5.linear(c.dFf(), c.dModel(), c.initializerFactor() / Math.sqrt(c.dFf())));
    dropout = slot("dropout", new Dropout(c.dropoutRate()));
    act = slot("act", c.activation());
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = act.call(in.call(x));
    return out.call(dropout.call(gate == null ? y : y.mul(gate.call(x))));
  }
}
