package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Normalise;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How a model's images are prepared: transformers' {@code preprocessor_config.json}, or what timm's
 * {@code config.json} says.
 *
 * @param mean one a channel, of images in [0, 1]
 * @param std one a channel
 * @param resize to the network's size, or null to keep that of the images
 */
public record Preprocessing(List<Double> mean, List<Double> std, Resize resize) {
  private static final double RESCALE = 1 / 255.0;

  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  public Preprocessing(List<Double> mean, List<Double> std) {
    this(mean, std, null);
  }

  public static Preprocessing of(Normalise n) {
    return new Preprocessing(n.mean(), n.std());
  }

  public Normalise normalise() {
    return new Normalise(mean, std);
  }

  /** Images [N,C,H,W], uint8 or in [0, 1], as the network wants them. */
  public Tensor apply(Tensor images) {
    return normalise().apply(resize == null ? images : resize.apply(images));
  }

  /**
   * Reads a {@code preprocessor_config.json}.
   *
   * @throws IllegalArgumentException naming the key that is missing or asks for what is not here
   */
  static Preprocessing read(JsonNode file) {
    Configs.only(file, "do_rescale", "true");
    double factor = file.path("rescale_factor").asDouble(RESCALE);
    if (Math.abs(factor - RESCALE) > 1e-6) {
      throw new IllegalArgumentException("rescale_factor must be 1/255, but is " + factor);
    }
    List<Double> mean = numbers(file, "image_mean");
    List<Double> std = numbers(file, "image_std");
    if (!file.path("do_normalize").asBoolean(true)) {
      mean.replaceAll(m -> 0.0);
      std.replaceAll(s -> 1.0);
    }
    return new Preprocessing(mean, std, Resize.of(file));
  }

  /** Reads timm's {@code config.json}; null if it says nothing. */
  static Preprocessing timm(JsonNode config) {
    JsonNode pretrained = config.path("pretrained_cfg");
    return pretrained.has("mean")
        ? new Preprocessing(
            numbers(pretrained, "mean"), numbers(pretrained, "std"), Resize.timm(pretrained))
        : null;
  }

  private static List<Double> numbers(JsonNode file, String key) {
    List<Double> numbers = new ArrayList<>();
    file.path(key).forEach(n -> numbers.add(n.asDouble()));
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException(key + " must list a number a channel, but is missing");
    }
    return numbers;
  }

  /** The {@code preprocessor_config.json}. */
  ObjectNode json() {
    ObjectNode file = JsonNodeFactory.instance.objectNode();
    ArrayNode means = file.putArray("image_mean");
    mean.forEach(means::add);
    ArrayNode stds = file.putArray("image_std");
    std.forEach(stds::add);
    if (resize != null) {
      resize.writeTo(file);
    }
    return file;
  }
}
