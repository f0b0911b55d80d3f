package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Tensor;

/**
 * A learned factor for each channel of a residual branch: {@code y = gamma x}, gamma: [D].
 *
 * @see <a href="https://arxiv.org/abs/2103.17239">Going deeper with Image Transformers</a>
 */
final class LayerScale extends Layer {
  private static final long serialVersionUID = 1L;

  private final Parameter gamma;

  LayerScale(int dim, double value) {
    gamma = parameter("gamma", Tensor.full(value, dim));
  }

  @Override
  public Tensor forward(Tensor x) {
    return x.mul(gamma.value());
  }
}
