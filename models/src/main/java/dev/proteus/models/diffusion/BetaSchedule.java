package dev.proteus.models.diffusion;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proteus.core.tensor.Tensor;

/** How the variance of the noise that a step adds grows over the steps. */
public enum BetaSchedule {
  /** Evenly from start to end (Ho et al., 2020). */
  @JsonProperty("linear")
  LINEAR,
  /** Its square root evenly (latent diffusion). */
  @JsonProperty("scaled_linear")
  SCALED_LINEAR,
  /**
   * So that what is left of the image falls as a squared cosine, at most 0.999 (Nichol and
   * Dhariwal, 2021); start and end do not count.
   */
  @JsonProperty("squaredcos_cap_v2")
  SQUAREDCOS_CAP_V2;

  private static final double OFFSET = 0.008;
  private static final double CAP = 0.999;

  /** beta_0 .. beta_(steps - 1), float32 [steps]. */
  Tensor betas(int steps, double start, double end) {
    return switch (this) {
      case LINEAR -> Tensor.linspace(start, end, steps);
      case SCALED_LINEAR -> Tensor.linspace(Math.sqrt(start), Math.sqrt(end), steps).square();
      case SQUAREDCOS_CAP_V2 -> {
        float[] betas = new float[steps];
        for (int i = 0; i < steps; i++) {
          double ratio = left((double) (i + 1) / steps) / left((double) i / steps);
          betas[i] = (float) Math.min(1 - ratio, CAP);
        }
        yield Tensor.of(betas, steps);
      }
    };
  }

  /** Share of the image's variance that is left after a share {@code t} of the steps. */
  private static double left(double t) {
    double cos = Math.cos((t + OFFSET) / (1 + OFFSET) * Math.PI / 2);
    return cos * cos;
  }
}
