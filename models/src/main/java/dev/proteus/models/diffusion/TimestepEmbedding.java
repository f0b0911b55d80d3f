package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/** Two linear layers over the waves of {@link Timesteps}: [N, in] to [N, out]. */
final class TimestepEmbedding extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> linear1;
  private final Slot<Layer> act;
  private final Slot<Layer> linear2;

  TimestepEmbedding(int in, int out, String activation) {
    linear1 = slot("linear_1", new Linear(in, out));
    act = slot("act", Activation.named(activation));
    linear2 = slot("linear_2", new Linear(out, out));
  }

  @Override
  public Tensor forward(Tensor x) {
    return linear2.call(act.call(linear1.call(x)));
  }
}
