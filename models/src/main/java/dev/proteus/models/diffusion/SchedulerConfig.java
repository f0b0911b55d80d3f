package dev.proteus.models.diffusion;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;
import java.util.Map;

/**
 * Settings of a {@link Scheduler}, with the keys of diffusers' {@code scheduler_config.json}.
 *
 * @param betaStart see {@link BetaSchedule}
 * @param clipSample clips the predicted image
 * @param clipSampleRange to so much around 0
 * @param stepsOffset see {@link Spacing}
 * @param varianceType of {@link Ddpm}
 * @param setAlphaToOne of {@link Ddim}: the last step ends at abar = 1, else at abar_0
 */
@JsonNaming(SnakeCaseStrategy.class)
public record SchedulerConfig(
    int numTrainTimesteps,
    double betaStart,
    double betaEnd,
    BetaSchedule betaSchedule,
    Prediction predictionType,
    boolean clipSample,
    double clipSampleRange,
    Spacing timestepSpacing,
    int stepsOffset,
    Variance varianceType,
    boolean setAlphaToOne) {

  /** What diffusers takes for a key that is left out. */
  public static final SchedulerConfig DEFAULTS =
      new SchedulerConfig(
          1000,
          1e-4,
          0.02,
          BetaSchedule.LINEAR,
          Prediction.EPSILON,
          true,
          1,
          Spacing.LEADING,
          0,
          Variance.FIXED_SMALL,
          true);

  /** The variance of DDPM's steps. */
  public enum Variance {
    /** That of the true step where the image is known: exact for a single image. */
    @JsonProperty("fixed_small")
    FIXED_SMALL,
    /** beta_t: exact for images of pure noise. */
    @JsonProperty("fixed_large")
    FIXED_LARGE
  }

  /** Keys of other mathematics, with the value that stands for its absence. */
  private static final Map<String, String> NOT_IMPLEMENTED =
      Map.of(
          "trained_betas", "null",
          "thresholding", "false",
          "rescale_betas_zero_snr", "false");

  public SchedulerConfig {
    if (numTrainTimesteps < 1) {
      throw new IllegalArgumentException(
          "num_train_timesteps must be positive, but is " + numTrainTimesteps);
    }
  }

  /**
   * Reads a {@code scheduler_config.json}, of whatever scheduler: their settings are shared.
   *
   * @throws IllegalArgumentException naming the key that is wrong or asks for what is not here
   */
  public static SchedulerConfig of(JsonNode config) {
    NOT_IMPLEMENTED.forEach((key, absent) -> Configs.only(config, key, absent));
    return Configs.read(config, DEFAULTS);
  }

  /** How images turn into noise under these settings. */
  public NoiseSchedule noise() {
    return new NoiseSchedule(numTrainTimesteps, betaSchedule, betaStart, betaEnd);
  }
}
