package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * What diffusion models are trained with: the mean squared error of the prediction about images
 * with a random amount of noise.
 *
 * <pre>  loss = mean (net(a_t x_0 + s_t e, t) - target)^2,   t ~ U{0 .. T - 1},   e ~ N(0, 1)
 * </pre>
 *
 * @param noise how images turn into noise
 * @param prediction what the network is to say
 * @see <a href="https://arxiv.org/abs/2006.11239">Denoising Diffusion Probabilistic Models</a>
 */
public record DiffusionObjective(NoiseSchedule noise, Prediction prediction) {
  /** That of the settings of a scheduler. */
  public DiffusionObjective(SchedulerConfig config) {
    this(config.noise(), config.predictionType());
  }

  /**
   * A 0-dimensional loss; draws time steps, then noise, from {@link Generator#current()}.
   *
   * @param images in about [-1, 1], [N, C, H, W]
   */
  public Tensor loss(Denoiser net, Tensor images, Conditions c) {
    Generator g = Generator.current();
    Tensor t = g.integers(0, noise.steps(), images.size(0)).to(images.device());
    Tensor e = g.normal(0, 1, images.shape()).toLike(images);
    Tensor said = net.denoise(noise.addNoise(images, e, t), t, c);
    Tensor target = prediction.target(images, e, noise.signal(t, images), noise.noise(t, images));
    return F.mse(said, target);
  }
}
