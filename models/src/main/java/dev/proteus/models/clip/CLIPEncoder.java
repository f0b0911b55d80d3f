package dev.proteus.models.clip;

import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The blocks of one of CLIP's encoders, one after the other; [N, T, D]. */
final class CLIPEncoder extends Layer {
  private static final long serialVersionUID = 1L;

  private final List<Slot<CLIPEncoderLayer>> layers = new ArrayList<>();

  CLIPEncoder(CLIPTower c) {
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      layers.add(slot("layers." + i, CLIPEncoderLayer.class, new CLIPEncoderLayer(c)));
    }
  }

  /** A linear layer with fresh weights of a given standard deviation, and a bias of zeros. */
  static Linear linear(int in, int out, double std) {
    Linear l = new Linear(in, out);
    Init.normal_(l.weight().value(), 0, std);
    Init.zeros_(l.bias().value());
    return l;
  }

  /** The projection of an encoder's vectors into the space that images and texts share. */
  static Linear projection(CLIPTower c, int dim) {
    Linear l = new Linear(c.hiddenSize(), dim, false);
    Init.normal_(l.weight().value(), 0, c.initializerFactor() / Math.sqrt(c.hiddenSize()));
    return l;
  }

  /** Without a mask. */
  @Override
  public Tensor forward(Tensor x) {
    return encode(x, null, false);
  }

  /**
   * The output of the last block.
   *
   * @param bias added to the attention scores, or null
   * @param causal whether no token attends to later ones
   */
  Tensor encode(Tensor x, Tensor bias, boolean causal) {
    Tensor y = x;
    for (Slot<CLIPEncoderLayer> layer : layers) {
      Tensor in = y;
      y = Scope.lean(() -> layer.call(in, (l, t) -> l.encode(t, bias, causal)));
    }
    return y;
  }
}
