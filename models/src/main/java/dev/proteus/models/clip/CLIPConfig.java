package dev.proteus.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * Shape of a {@link CLIPModel}.
 *
 * @param projectionDim width of the space that images and texts share
 * @param logitScale logarithm of the first factor of the cosines
 */
public record CLIPConfig(
    CLIPTextConfig text, CLIPVisionConfig vision, int projectionDim, double logitScale) {
  private static final int PROJECTION = 512;

  /** log(1 / 0.07), as transformers rounds it. */
  private static final double SCALE = 2.6592;

  /** Reads a {@code config.json} of transformers. */
  public static CLIPConfig of(JsonNode config) {
    return new CLIPConfig(
        CLIPTextConfig.of(part(config, "text_config")),
        CLIPVisionConfig.of(part(config, "vision_config")),
        config.path("projection_dim").asInt(PROJECTION),
        config.path("logit_scale_init_value").asDouble(SCALE));
  }

  /** Early files have a second object for each part; where it is there, it counts alone. */
  private static JsonNode part(JsonNode config, String name) {
    JsonNode early = config.path(name + "_dict");
    JsonNode part = early.isObject() ? early : config.path(name);
    return part.isObject() ? part : JsonNodeFactory.instance.objectNode();
  }
}
