package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;

/**
 * The steps of denoising diffusion probabilistic models, from t to p.
 *
 * <pre>  alpha = abar_t / abar_p,   beta = 1 - alpha
 *   mean = sqrt(abar_p) beta / (1 - abar_t) x_0 + sqrt(alpha) (1 - abar_p) / (1 - abar_t) x_t
 *   variance = (1 - abar_p) / (1 - abar_t) beta   or, with fixed_large,   beta  </pre>
 *
 * <p>x_0 is the predicted image. The last step (t = 0) adds no noise.
 *
 * @see <a href="https://arxiv.org/abs/2006.11239">Denoising Diffusion Probabilistic Models</a>
 */
public final class Ddpm extends Scheduler {
  static final String NAME = "DDPMScheduler";
  private static final float LEAST_VARIANCE = 1e-20f;

  public Ddpm(SchedulerConfig config) {
    super(config);
  }

  @Override
  String name() {
    return NAME;
  }

  @Override
  String foreignKey() {
    return "set_alpha_to_one";
  }

  @Override
  int previous(int[] timesteps, int i) {
    return i + 1 < timesteps.length ? timesteps[i + 1] : -1;
  }

  @Override
  public Tensor mean(Step step, Tensor x, Tensor output) {
    float left = noise().left(step.t());
    float before = before(step);
    float alpha = left / before;
    float ofImage = sqrt(before) * (1 - alpha) / (1 - left);
    float ofNoisy = sqrt(alpha) * (1 - before) / (1 - left);
    return image(step.t(), x, output).mul(ofImage).add(x, ofNoisy);
  }

  @Override
  public double deviation(Step step) {
    if (step.t() == 0) {
      return 0;
    }
    float left = noise().left(step.t());
    float before = before(step);
    float beta = 1 - left / before;
    return switch (config().varianceType()) {
      case FIXED_SMALL -> sqrt(Math.max((1 - before) / (1 - left) * beta, LEAST_VARIANCE));
      case FIXED_LARGE -> sqrt(beta);
    };
  }

  private float before(Step step) {
    return step.previous() < 0 ? 1 : noise().left(step.previous());
  }
}
