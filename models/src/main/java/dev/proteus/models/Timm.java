package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a {@code config.json} of timm: a name, which stands for the arguments of a constructor, and
 * {@code model_args}, those that a user gave instead.
 */
public final class Timm {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Timm() {}

  /** The name, without the tag of its weights: {@code resnet50} of {@code resnet50.a1_in1k}. */
  public static String name(JsonNode config) {
    return config.path("architecture").asText().replaceAll("\\..*", "");
  }

  /**
   * The arguments of a model as a record.
   *
   * @param named all arguments that are known, with the values that the model's name stands for
   * @throws IllegalArgumentException naming arguments that are not known
   */
  @SuppressWarnings("unchecked") // the class of a T
  public static <T> T arguments(JsonNode config, T named) {
    ObjectNode all = JSON.valueToTree(named);
    JsonNode input = config.path("pretrained_cfg").path("input_size");
    if (input.size() == 3) {
      all.replace("in_chans", input.get(0));
      if (all.has("img_size")) {
        all.set("img_size", JSON.createArrayNode().add(input.get(1)).add(input.get(2)));
      }
    }
    List<String> unknown = new ArrayList<>();
    config
        .path("model_args")
        .properties()
        .forEach(
            e -> {
              if (all.has(e.getKey())) {
                all.set(e.getKey(), e.getValue());
              } else {
                unknown.add(e.getKey() + "=" + e.getValue());
              }
            });
    for (String key : List.of("num_classes", "global_pool")) {
      if (config.hasNonNull(key)) {
        all.set(key, config.get(key));
      }
    }
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "model_args of "
              + name(config)
              + " that are not implemented: "
              + String.join(", ", unknown));
    }
    return (T) Configs.read(all, named.getClass());
  }
}
