package dev.proteus.core.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A {@link Lora} as PEFT's {@code adapter_config.json} has it. */
final class LoraConfig {
  /** Keys that say nothing about what the adapter computes. */
  private static final Set<String> DESCRIPTIVE =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "eva_config", // where A and the ranks started
          "fan_in_fan_out", // how base weights are stored; the network knows that itself
          "inference_mode",
          "megatron_core",
          "peft_version",
          "qalora_group_size", // of use_qalora
          "revision",
          "runtime_config",
          "task_type");

  /** Keys of which every value is read. */
  private static final Set<String> READ =
      Set.of(
          "alpha_pattern",
          "exclude_modules",
          "layers_pattern",
          "layers_to_transform",
          "lora_alpha",
          "lora_bias",
          "lora_dropout",
          "modules_to_save",
          "r",
          "rank_pattern",
          "target_modules",
          "use_dora",
          "use_rslora");

  /** With these the stored A and B belong to another base weight than the published one. */
  private static final List<String> CHANGES_BASE =
      List.of("pissa", "olora", "corda", "lora_ga", "loftq");

  private LoraConfig() {}

  static Map<String, Object> write(Lora lora) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("peft_type", "LORA");
    c.put("r", lora.rank());
    c.put("lora_alpha", whole(lora.alpha()));
    c.put("lora_dropout", lora.dropout());
    c.put(
        "bias",
        switch (lora.bias()) {
          case NONE -> "none";
          case ONLY -> "lora_only";
          case ALL -> "all";
        });
    c.put("use_rslora", lora.rslora());
    c.put("use_dora", lora.dora());
    c.put("lora_bias", lora.loraBias());
    c.put("init_lora_weights", lora.init() == LoraInit.GAUSSIAN ? "gaussian" : true);
    c.put("rank_pattern", lora.rankPattern());
    Map<String, Object> alphas = new LinkedHashMap<>();
    lora.alphaPattern().forEach((pattern, alpha) -> alphas.put(pattern, whole(alpha)));
    c.put("alpha_pattern", alphas);
    // The rest as PEFT has it where it is not used.
    for (String key : UNUSED) {
      c.put(key, null);
    }
    c.put("ensure_weight_tying", false);
    c.put("fan_in_fan_out", false);
    c.put("loftq_config", Map.of());
    c.put("megatron_core", "megatron.core");
    c.put("qalora_group_size", 16);
    c.put("use_qalora", false);
    return c;
  }

  private static final List<String> UNUSED =
      List.of(
          "alora_invocation_tokens",
          "arrow_config",
          "corda_config",
          "eva_config",
          "kasa_config",
          "layer_replication",
          "lora_ga_config",
          "megatron_config",
          "monteclora_config",
          "target_parameters",
          "trainable_token_indices",
          "use_bdlora",
          "velora_config");

  /** PEFT's alphas are whole numbers, mostly. */
  private static Object whole(double alpha) {
    return alpha == Math.rint(alpha) ? (Object) (long) alpha : (Object) alpha;
  }

  static Lora read(JsonNode c) {
    refuseOther(c);
    return new Lora(
        c.path("r").asInt(8),
        c.path("lora_alpha").asDouble(8),
        c.path("lora_dropout").asDouble(0),
        new Targets(
            entries(c, "target_modules"),
            entries(c, "exclude_modules"),
            list(c.path("layers_to_transform"), JsonNode::asInt),
            list(c.path("layers_pattern"), JsonNode::asText)),
        list(c.path("modules_to_save"), JsonNode::asText),
        switch (c.path("bias").asText("none")) {
          case "none" -> BiasMode.NONE;
          case "lora_only" -> BiasMode.ONLY;
          case "all" -> BiasMode.ALL;
          default ->
              throw new IllegalArgumentException(
                  "bias must be none, lora_only or all, but is " + c.path("bias"));
        },
        c.path("use_rslora").asBoolean(),
        c.path("use_dora").asBoolean(),
        c.path("lora_bias").asBoolean(),
        c.path("init_lora_weights").asText().equals("gaussian")
            ? LoraInit.GAUSSIAN
            : LoraInit.UNIFORM,
        map(c.path("rank_pattern"), JsonNode::asInt),
        map(c.path("alpha_pattern"), JsonNode::asDouble));
  }

  private static List<String> entries(JsonNode c, String key) {
    JsonNode value = c.path(key);
    if (key.equals("target_modules") && (value.isMissingNode() || value.isNull())) {
      throw new IllegalArgumentException("target_modules must name layers, but is " + value);
    }
    return value.isTextual() && !value.asText().equalsIgnoreCase("all-linear")
        ? List.of("regex:" + value.asText())
        : list(value, JsonNode::asText);
  }

  private static <V> List<V> list(JsonNode value, Function<JsonNode, V> of) {
    List<V> list = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(v -> list.add(of.apply(v)));
    } else if (!value.isMissingNode() && !value.isNull()) {
      list.add(of.apply(value));
    }
    return list;
  }

  private static <V> Map<String, V> map(JsonNode value, Function<JsonNode, V> of) {
    Map<String, V> map = new LinkedHashMap<>();
    value.properties().forEach(e -> map.put(e.getKey(), of.apply(e.getValue())));
    return map;
  }

  /**
   * @throws IllegalArgumentException naming the key in which a folder's adapter differs
   */
  static void check(Lora lora, JsonNode c) {
    Lora other = read(c);
    Map<String, Object> mine = write(lora);
    Map<String, Object> its = write(other);
    for (String key :
        List.of(
            "r",
            "lora_alpha",
            "use_rslora",
            "use_dora",
            "lora_bias",
            "bias",
            "rank_pattern",
            "alpha_pattern")) {
      if (!mine.get(key).equals(its.get(key))) {
        throw new IllegalArgumentException(
            key
                + " of the folder is "
                + its.get(key)
                + ", of this adapter "
                + mine.get(key)
                + "; attach the folder's by Lora.load");
      }
    }
  }

  /** Refuses every key that is set and is not known to leave the formula alone. */
  private static void refuseOther(JsonNode config) {
    if (!config.path("peft_type").asText().equals("LORA")) {
      throw new IllegalArgumentException(
          "peft_type must be LORA, but is " + config.path("peft_type"));
    }
    config
        .properties()
        .forEach(
            entry -> {
              JsonNode value = entry.getValue();
              boolean fine =
                  switch (entry.getKey()) {
                    case "peft_type", "bias" -> true;
                    case "init_lora_weights" ->
                        CHANGES_BASE.stream()
                            .noneMatch(value.asText().toLowerCase(Locale.ROOT)::startsWith);
                    default ->
                        READ.contains(entry.getKey())
                            || DESCRIPTIVE.contains(entry.getKey())
                            || unset(value);
                  };
              if (!fine) {
                throw new IllegalArgumentException(
                    entry.getKey()
                        + " is "
                        + value
                        + ": this adapter computes something that Lora has no form for");
              }
            });
  }

  private static boolean unset(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.asBoolean())
        || (value.isContainerNode() && value.isEmpty());
  }
}
