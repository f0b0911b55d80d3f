package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** Numbers as waves of many frequencies. */
final class Timesteps {
  private static final double LONGEST = 10_000;

  private Timesteps() {}

  /**
   * Embeds time steps.
   *
   * <pre>  y = [sin(t w), cos(t w)],  w_i = 10000^(-i / (dim / 2 - shift)),  i = 0 .. dim / 2 - 1
   *   t: [N], any type; y: float32 [N, dim], with a zero at the end if dim is odd  </pre>
   *
   * @param cosinesFirst exchanges the halves
   */
  static Tensor embed(Tensor t, int dim, double shift, boolean cosinesFirst) {
    int half = dim / 2;
    Tensor index = Tensor.arange(half).to(DType.FLOAT32).to(t.device());
    Tensor frequency = index.mul(-Math.log(LONGEST)).div(half - shift).exp();
    Tensor angle = t.to(DType.FLOAT32).unsqueeze(1).mul(frequency);
    Tensor y =
        cosinesFirst
            ? Tensor.cat(1, angle.cos(), angle.sin())
            : Tensor.cat(1, angle.sin(), angle.cos());
    return dim % 2 == 0 ? y : F.pad(y, "constant", 0, 0, 1);
  }
}
