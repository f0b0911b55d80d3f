package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

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
      throw new IllegalArgumentException("config.json: " + e.getOriginalMessage(), e);
    }
  }
}
