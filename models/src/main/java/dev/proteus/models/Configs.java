package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Reads a {@code config.json} as a record of what the mathematics needs. */
public final class Configs {
  /** Published files hold much that is of no use here (versions, token ids of other software). */
  private static final ObjectMapper LENIENT =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Configs() {}

  /**
   * The configuration as a record.
   *
   * @throws IllegalArgumentException naming the key, if one is missing or of another type
   */
  public static <T> T read(JsonNode config, Class<T> type) {
    try {
      return LENIENT.treeToValue(config, type);
    } catch (JsonProcessingException e) {
      String key =
          e instanceof JsonMappingException m && !m.getPath().isEmpty()
              ? m.getPath().get(0).getFieldName() + ": "
              : "";
      throw new IllegalArgumentException("config.json: " + key + e.getOriginalMessage(), e);
    }
  }

  /** The same, where published files leave out what is as in {@code defaults}. */
  @SuppressWarnings("unchecked") // the class of a T
  public static <T> T read(JsonNode config, T defaults) {
    ObjectNode all = LENIENT.valueToTree(defaults);
    all.setAll((ObjectNode) config);
    return (T) read(all, defaults.getClass());
  }

  /**
   * Refuses a configuration that asks for mathematics that is not here.
   *
   * @param implemented the only value that the key may have, as text; a missing key or null is fine
   * @throws IllegalArgumentException naming the key and both values
   */
  public static void only(JsonNode config, String key, String implemented) {
    JsonNode value = config.path(key);
    if (!value.isMissingNode() && !value.isNull() && !value.asText().equals(implemented)) {
      throw new IllegalArgumentException(
          "config.json: %s is %s, but only %s is implemented".formatted(key, value, implemented));
    }
  }

  /** How many classes the head of a network from transformers has; 2 where nothing is said. */
  public static int labels(JsonNode config) {
    int names = config.path("id2label").size();
    return names > 0 ? names : config.path("num_labels").asInt(2);
  }
}
