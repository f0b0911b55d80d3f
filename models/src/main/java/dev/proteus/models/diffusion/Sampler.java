package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * Turns noise into images.
 *
 * <pre>{@code
 * Denoiser guided = new Guidance(net.eval(), Conditions.labels(none), 3);
 * Tensor images = new Sampler(new Ddim(config, 0), 50).sample(guided, noise, Conditions.labels(k));
 * }</pre>
 *
 * @param scheduler DDPM or DDIM
 * @param steps how many
 */
public record Sampler(Scheduler scheduler, int steps) {
  /**
   * Samples images; draws from {@link Generator#current()}.
   *
   * @param noise where to start, standard normal, [N, C, H, W]
   */
  public Tensor sample(Denoiser net, Tensor noise, Conditions c) {
    Generator g = Generator.current();
    Tensor x = noise;
    try (Autograd.Mode off = Autograd.noGrad()) {
      for (Scheduler.Step step : scheduler.steps(steps)) {
        Tensor noisy = x;
        x = Scope.lean(() -> scheduler.step(step, noisy, predict(net, noisy, step.t(), c), g));
      }
    }
    return x;
  }

  private static Tensor predict(Denoiser net, Tensor x, int t, Conditions c) {
    return net.denoise(x, Tensor.full(DType.INT64, t, x.size(0)).to(x.device()), c);
  }
}
