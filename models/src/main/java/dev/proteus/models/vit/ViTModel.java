package dev.proteus.models.vit;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Conv;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The encoder of a vision transformer under the names of transformers' checkpoints ({@code
 * encoder.layer.0.attention.attention.query}, …); with DeiT's distillation token if wanted.
 *
 * <pre>
 *   x: [N, C, H, W], y: last hidden state [N, tokens + patches, D]; token 0 is the class token,
 *   token 1 the distillation token if there is one  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2010.11929">An Image is Worth 16x16 Words</a>
 * @see <a href="https://arxiv.org/abs/2012.12877">Training data-efficient image transformers</a>
 */
public final class ViTModel extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> embeddings;
  private final List<Slot<Layer>> layers;
  private final Slot<Layer> layernorm;
  private final Slot<Layer> pooler;
  private final Activation poolerAct;

  /**
   * A network with fresh weights.
   *
   * @param distilled with DeiT's distillation token
   * @param pooling with the layer of {@link #pooled}
   */
  public ViTModel(ViTConfig c, boolean distilled, boolean pooling) {
    embeddings = slot("embeddings", new ViTEmbeddings(c, distilled));
    layers =
        slots(
            "encoder.layer",
            IntStream.range(0, c.numHiddenLayers()).mapToObj(i -> new ViTLayer(c)).toList());
    layernorm =
        slot("layernorm", new LayerNorm(new long[] {c.hiddenSize()}, c.layerNormEps(), true, true));
    int width = c.poolerOutputSize() == null ? c.hiddenSize() : c.poolerOutputSize();
    pooler = pooling ? slot("pooler.dense", new Linear(c.hiddenSize(), width)) : null;
    poolerAct = Activation.named(c.poolerAct());
    initialise(this, c.initializerRange());
  }

  /** Truncated normal weights and no biases, in all linear layers and convolutions. */
  static void initialise(Layer net, double std) {
    for (Layer l : net.layers()) {
      if (l instanceof Linear linear) {
        initialise(linear.weight(), linear.bias(), std);
      } else if (l instanceof Conv conv) {
        initialise(conv.weight(), conv.bias(), std);
      }
    }
  }

  private static void initialise(Parameter weight, Parameter bias, double std) {
    Init.truncatedNormal_(weight.value(), std);
    if (bias != null) {
      Init.zeros_(bias.value());
    }
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = embeddings.call(x);
    for (Slot<Layer> layer : layers) {
      Tensor in = y;
      y = Scope.lean(() -> layer.call(in));
    }
    return layernorm.call(y);
  }

  /**
   * The pooled output [N, P] of a last hidden state: a dense layer with activation on the class
   * token.
   */
  public Tensor pooled(Tensor hidden) {
    if (pooler == null) {
      throw new IllegalStateException("this network was built without a pooler");
    }
    return poolerAct.forward(pooler.call(hidden.select(1, 0)));
  }
}
