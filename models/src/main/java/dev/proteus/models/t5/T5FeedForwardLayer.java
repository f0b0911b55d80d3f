package dev.proteus.models.t5;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.RMSNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * The feed-forward network with its norm before it and its residual.
 *
 * <pre>  y = x + dropout(feedForward(norm(x)))      x, y: [B, T, D]  </pre>
 */
public final class T5FeedForwardLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> feedForward;
  private final Slot<Layer> norm;
  private final Slot<Layer> dropout;

  T5FeedForwardLayer(T5Config c) {
    feedForward = slot("DenseReluDense", new T5FeedForward(c));
    norm = slot("layer_norm", new RMSNorm(c.dModel(), c.layerNormEpsilon()));
    dropout = slot("dropout", new Dropout(c.dropoutRate()));
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.add(dropout.call(feedForward.call(norm.call(x))));
  }
}
