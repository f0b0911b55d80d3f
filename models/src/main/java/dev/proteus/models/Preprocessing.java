package dev.proteus.models;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proteus.core.data.Normalise;
import java.util.List;

/**
 * How a model's images are prepared: {@code preprocessor_config.json}.
 *
 * @param mean one a channel, of images in [0, 1]
 * @param std one a channel
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Preprocessing(
    @JsonProperty("image_mean") List<Double> mean, @JsonProperty("image_std") List<Double> std) {

  public static Preprocessing of(Normalise n) {
    return new Preprocessing(n.mean(), n.std());
  }

  public Normalise normalise() {
    return new Normalise(mean, std);
  }
}
