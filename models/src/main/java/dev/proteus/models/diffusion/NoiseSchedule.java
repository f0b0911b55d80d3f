package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/**
 * How images turn into noise, step by step.
 *
 * <pre>  x_t = a_t x_0 + s_t e,   a_t = sqrt(abar_t),   s_t = sqrt(1 - abar_t),   e ~ N(0, 1)
 *   abar_t = prod_(i ≤ t) (1 - beta_i),   t = 0 .. T - 1  </pre>
 *
 * <p>Computed in float32 as in diffusers: its rounding shows where abar is close to 1.
 *
 * @see <a href="https://arxiv.org/abs/2006.11239">Denoising Diffusion Probabilistic Models</a>
 */
public final class NoiseSchedule {
  private final float[] left;

  /**
   * @param steps T
   * @param start beta_0
   * @param end beta_(T - 1)
   */
  public NoiseSchedule(int steps, BetaSchedule kind, double start, double end) {
    left = kind.betas(steps, start, end).rsub(1).cumprod(0).toFloats();
  }

  /** T. */
  public int steps() {
    return left.length;
  }

  /** abar_t: the share of the image's variance that is left. */
  public float left(int t) {
    return left[t];
  }

  /** x_t of images and noise [N, ..] at steps t, int64 [N]. */
  public Tensor addNoise(Tensor images, Tensor noise, Tensor t) {
    return images.mul(signal(t, images)).add(noise.mul(noise(t, images)));
  }

  /** a_t at steps t, int64 [N], with as many dimensions as {@code like}: [N, 1, ..]. */
  Tensor signal(Tensor t, Tensor like) {
    return at(t, like).sqrt();
  }

  /** s_t, likewise. */
  Tensor noise(Tensor t, Tensor like) {
    return at(t, like).rsub(1).sqrt();
  }

  private Tensor at(Tensor t, Tensor like) {
    Tensor table = Tensor.of(left, left.length).to(like.device()).to(like.dtype());
    long[] shape = new long[like.dim()];
    Arrays.fill(shape, 1);
    shape[0] = t.numel();
    return table.indexSelect(0, t.flatten()).view(shape);
  }
}
