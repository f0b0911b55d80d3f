package dev.proteus.models.diffusion;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proteus.core.tensor.Tensor;

/**
 * What a network says about a noisy image x_t = a x_0 + s e, where a^2 + s^2 = 1 and e is the
 * noise.
 */
public enum Prediction {
  /** The noise e. */
  @JsonProperty("epsilon")
  EPSILON,
  /** The image x_0. */
  @JsonProperty("sample")
  SAMPLE,
  /** The velocity v = a e - s x_0 (Salimans and Ho, 2022). */
  @JsonProperty("v_prediction")
  V_PREDICTION;

  /** What a network should have said; all of one shape, or a and s [N, 1, 1, 1]. */
  Tensor target(Tensor image, Tensor noise, Tensor a, Tensor s) {
    return switch (this) {
      case EPSILON -> noise;
      case SAMPLE -> image;
      case V_PREDICTION -> noise.mul(a).sub(image.mul(s));
    };
  }

  /** The image x_0 that a network's output means. */
  Tensor image(Tensor x, Tensor output, double a, double s) {
    return switch (this) {
      case EPSILON -> x.sub(output.mul(s)).div(a);
      case SAMPLE -> output;
      case V_PREDICTION -> x.mul(a).sub(output.mul(s));
    };
  }

  /** The noise e that a network's output means. */
  Tensor noise(Tensor x, Tensor output, double a, double s) {
    return switch (this) {
      case EPSILON -> output;
      case SAMPLE -> x.sub(output.mul(a)).div(s);
      case V_PREDICTION -> output.mul(a).add(x.mul(s));
    };
  }
}
