package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Classifier-free guidance: away from what the network predicts without conditions.
 *
 * <pre>  y = u + scale (c - u)      c, u: predictions with the conditions and without  </pre>
 *
 * <p>The network sees both in one batch, and must have been trained with some conditions left out,
 * see {@link Conditions#dropped}.
 *
 * @param net the network
 * @param unconditional what stands for no condition, such as a class of its own, [N, ..]
 * @param scale 0 ignores the conditions, 1 is no guidance, more exaggerates them
 * @see <a href="https://arxiv.org/abs/2207.12598">Classifier-Free Diffusion Guidance</a>
 */
public record Guidance(Denoiser net, Conditions unconditional, double scale) implements Denoiser {
  @Override
  public Tensor denoise(Tensor x, Tensor t, Conditions c) {
    List<Tensor> both =
        net.denoise(Tensor.cat(0, x, x), Tensor.cat(0, t, t), unconditional.then(c)).chunk(2, 0);
    return both.get(0).lerp(both.get(1), scale);
  }
}
