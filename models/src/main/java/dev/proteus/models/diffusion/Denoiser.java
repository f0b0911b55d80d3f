package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;

/** What removes noise: a network, or one under guidance. */
@FunctionalInterface
public interface Denoiser {
  /**
   * Looks at noisy images.
   *
   * @param x noisy images, [N, C, H, W]
   * @param t their time steps, [N]
   * @param c what they are to show
   * @return a prediction about them, [N, C, H, W]; see {@link Prediction}
   */
  Tensor denoise(Tensor x, Tensor t, Conditions c);
}
