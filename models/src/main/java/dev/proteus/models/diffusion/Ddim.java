package dev.proteus.models.diffusion;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Tensor;

/**
 * The steps of denoising diffusion implicit models, from t to p = t - floor(T / n).
 *
 * <pre>  mean = sqrt(abar_p) x_0 + sqrt(1 - abar_p - d^2) e
 *   d = eta sqrt((1 - abar_p) / (1 - abar_t)) sqrt(1 - abar_t / abar_p)  </pre>
 *
 * <p>x_0 is the predicted image (clipped, if wanted) and e the predicted noise. With eta = 0 the
 * noise at the start decides the image; eta = 1 is as random as {@link Ddpm}.
 *
 * @see <a href="https://arxiv.org/abs/2010.02502">Denoising Diffusion Implicit Models</a>
 */
public final class Ddim extends Scheduler {
  static final String NAME = "DDIMScheduler";

  private final double eta;

  /**
   * @param eta how random steps are, from 0; not part of the file
   */
  public Ddim(SchedulerConfig config, double eta) {
    super(config);
    Require.notNegative("eta", eta);
    this.eta = eta;
  }

  @Override
  String name() {
    return NAME;
  }

  @Override
  String foreignKey() {
    return "variance_type";
  }

  @Override
  int previous(int[] timesteps, int i) {
    return timesteps[i] - noise().steps() / timesteps.length;
  }

  @Override
  public Tensor mean(Step step, Tensor x, Tensor output) {
    float left = noise().left(step.t());
    float before = before(step);
    float deviation = (float) deviation(step);
    Tensor noise = config().predictionType().noise(x, output, sqrt(left), sqrt(1 - left));
    return image(step.t(), x, output)
        .mul(sqrt(before))
        .add(noise, sqrt(1 - before - deviation * deviation));
  }

  @Override
  public double deviation(Step step) {
    float left = noise().left(step.t());
    float before = before(step);
    return (float) eta * sqrt((1 - before) / (1 - left) * (1 - left / before));
  }

  private float before(Step step) {
    if (step.previous() >= 0) {
      return noise().left(step.previous());
    }
    return config().setAlphaToOne() ? 1 : noise().left(0);
  }
}
