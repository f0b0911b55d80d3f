package dev.proteus.models.gpt2;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Tensor;

/**
 * The perceptron of a block.
 *
 * <pre>  y = dropout(c_proj(act(c_fc(x))))      x, y: [B, T, D]  </pre>
 */
public final class Gpt2Mlp extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> input;
  private final Slot<Layer> activation;
  private final Slot<Layer> output;
  private final Slot<Layer> dropout;

  Gpt2Mlp(Gpt2Config c) {
    input = slot("c_fc", new TransposedLinear(c.width(), c.innerWidth()));
    activation = slot("act", Activation.named(c.activationFunction()));
    output = slot("c_proj", new TransposedLinear(c.innerWidth(), c.width()));
    dropout = slot("dropout", new Dropout(c.residualDropout()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return dropout.call(output.call(activation.call(input.call(x))));
  }
}
