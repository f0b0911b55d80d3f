package dev.proteus.models.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model folder says of its tokenizer beside {@code tokenizer.json}. Whether a text begins or
 * ends with a special token is not here: {@code tokenizer.json} decides.
 *
 * @param maxLength tokens that the network takes; 0 where the folder does not say
 * @param pad padding token; this and the others are null where there is none
 * @param bos token that begins a text
 * @param eos token that ends one
 * @param padLeft whether padding goes before the text
 * @param truncateLeft whether too long a text loses its beginning
 * @param specialTokens all of the folder's, by what it calls them: {@code bos_token}, …
 * @param chatTemplate in Jinja
 */
record TokenizerFacts(
    int maxLength,
    String pad,
    String bos,
    String eos,
    boolean padLeft,
    boolean truncateLeft,
    Map<String, String> specialTokens,
    String chatTemplate) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files with facts; where two name the same, the first one counts. */
  static final List<String> FILES = List.of("tokenizer_config.json", "special_tokens_map.json");

  static final String TEMPLATE_FILE = "chat_template.jinja";

  /** Unlimited, as transformers writes it, is 10^30. */
  private static final double UNLIMITED = 1e9;

  /**
   * Reads the facts.
   *
   * @param config {@code tokenizer_config.json}; may be empty
   * @param tokenizer {@code tokenizer.json}, which knows the padding at least
   */
  static TokenizerFacts of(JsonNode config, JsonNode tokenizer) {
    double length = config.path("model_max_length").asDouble(0);
    JsonNode padding = tokenizer.path("padding");
    String pad = token(config, "pad_token");
    return new TokenizerFacts(
        length < UNLIMITED ? (int) length : 0,
        pad == null ? padding.path("pad_token").asText(null) : pad,
        token(config, "bos_token"),
        token(config, "eos_token"),
        side(config, "padding_side", padding),
        side(config, "truncation_side", tokenizer.path("truncation")),
        specialTokens(config),
        template(config.path("chat_template")));
  }

  /** The files of a folder as one configuration; empty where there are none. */
  static JsonNode read(Path folder) throws IOException {
    ObjectNode all = JSON.createObjectNode();
    for (String name : FILES) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        try {
          JSON.readTree(file.toFile())
              .properties()
              .forEach(e -> all.putIfAbsent(e.getKey(), e.getValue()));
        } catch (JsonProcessingException e) {
          throw new IOException(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
      }
    }
    Path template = folder.resolve(TEMPLATE_FILE);
    if (Files.exists(template)) {
      all.put("chat_template", Files.readString(template));
    }
    return all;
  }

  /** A token is written as its text, or as an object with its properties. */
  private static String token(JsonNode config, String key) {
    JsonNode t = config.path(key);
    return t.isObject() ? t.path("content").asText(null) : t.asText(null);
  }

  private static Map<String, String> specialTokens(JsonNode config) {
    Map<String, String> tokens = new LinkedHashMap<>();
    config
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (key.endsWith("_token") && token(config, key) != null && isText(config.get(key))) {
                tokens.put(key, token(config, key));
              }
            });
    return tokens;
  }

  /** Beside tokens there are switches such as add_bos_token. */
  private static boolean isText(JsonNode t) {
    return t.isTextual() || t.isObject();
  }

  private static boolean side(JsonNode config, String key, JsonNode otherwise) {
    return config
        .path(key)
        .asText(otherwise.path("direction").asText("right"))
        .equalsIgnoreCase("left");
  }

  /** One template, or the default of several. */
  private static String template(JsonNode t) {
    if (!t.isArray()) {
      return t.asText(null);
    }
    for (JsonNode named : t) {
      if (named.path("name").asText().equals("default")) {
        return named.path("template").asText();
      }
    }
    return null;
  }
}
