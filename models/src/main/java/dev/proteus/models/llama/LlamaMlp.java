package dev.proteus.models.llama;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A gated perceptron.
 *
 * <pre>  y = down(act(gate(x)) * up(x))      x, y: [B, T, D]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU Variants Improve Transformer</a>
 */
public final class LlamaMlp extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> gate;
  private final Slot<Layer> up;
  private final Slot<Layer> down;
  private final Slot<Layer> activation;

  LlamaMlp(LlamaConfig c) {
    int d = c.hiddenSize();
    int inner = c.intermediateSize();
    gate = slot("gate_proj", new Linear(d, inner, c.mlpBias()));
    up = slot("up_proj", new Linear(d, inner, c.mlpBias()));
    down = slot("down_proj", new Linear(inner, d, c.mlpBias()));
    activation = slot("act_fn", Activation.named(c.hiddenAct()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return down.call(activation.call(gate.call(x)).mul(up.call(x)));
  }
}
