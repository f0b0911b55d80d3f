package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/**
 * Gives each sample mean 0 and variance 1 over its last dimensions, then a learned scale and shift.
 *
 * <pre>  y = (x - mean) / sqrt(var + eps) * weight + bias
 *   x: [.., shape], weight and bias: [shape], var biased  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1607.06450">Layer Normalization</a>
 */
public final class LayerNorm extends AffineNorm {
  private static final long serialVersionUID = 1L;

  private final long[] shape;

  public LayerNorm(long... shape) {
    this(shape, 1e-5, true, true);
  }

  /**
   * @param shape of the dimensions that are normalised together
   * @param affine with weight
   * @param bias with bias, too
   */
  public LayerNorm(long[] shape, double eps, boolean affine, boolean bias) {
    super(eps, affine, bias, shape);
    this.shape = shape.clone();
  }

  @Override
  public Tensor forward(Tensor x) {
    int batch = x.dim() - shape.length;
    boolean fits = batch >= 0;
    for (int d = 0; fits && d < shape.length; d++) {
      fits = x.size(batch + d) == shape[d];
    }
    if (!fits) {
      throw wrongInput("[.., " + Arrays.toString(shape).substring(1), x);
    }
    return F.layerNorm(x, shape, value(weight()), value(bias()), eps());
  }

  public long[] shape() {
    return shape.clone();
  }

  @Override
  public String toString() {
    return "LayerNorm(" + Arrays.toString(shape) + ")";
  }
}
