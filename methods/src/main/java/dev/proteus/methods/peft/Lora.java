package dev.proteus.methods.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Select;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Low-rank adaptation: learns a change of rank r for each target weight and leaves the weight as it
 * is. What {@link LoraPlus} trains.
 *
 * <pre>
 *   y = W x + b + alpha / r B A dropout(x)      W: [out, in], A: [r, in], B: [out, r]
 * </pre>
 *
 * <p>A starts uniform on +-1 / sqrt(in), B at zero, so that an attached network computes what it
 * did. A convolution's A is a convolution with its kernel, B one of 1x1; for an embedding A starts
 * at zero and B normal. Folders are PEFT's.
 *
 * @param rank r
 * @param alpha strength of the change
 * @param dropout on the way to A, in training
 * @param targets paths of linear layers, convolutions (one group, no dilation) and embeddings, as
 *     globs of {@link Select}; {@code **} is all of them
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA: Low-Rank Adaptation of Large Language
 *     Models</a>
 */
@Paper(id = "lora-plus")
public record Lora(int rank, double alpha, double dropout, List<String> targets)
    implements Adapter {

  /** Keys of {@code adapter_config.json} that say nothing about what the adapter computes. */
  private static final Set<String> DESCRIPTIVE =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "exclude_modules",
          "fan_in_fan_out", // how the base weight is stored; A and B are alike
          "inference_mode",
          "layers_pattern",
          "layers_to_transform",
          "lora_dropout",
          "megatron_core",
          "peft_version",
          "qalora_group_size", // of use_qalora
          "revision",
          "runtime_config",
          "target_modules",
          "task_type");

  /** With these the stored A and B belong to another base weight than the published one. */
  private static final List<String> CHANGES_BASE =
      List.of("pissa", "olora", "corda", "lora_ga", "loftq");

  public Lora() {
    this(8, 8, 0, List.of("**"));
  }

  public Lora {
    Require.positive("rank", rank);
    Require.positive("alpha", alpha);
    Require.decay("dropout", dropout);
    targets = List.copyOf(targets);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("targets must name layers, but is empty");
    }
  }

  /**
   * The adapter of a PEFT folder, for {@link Attached#load} after attaching: its rank, alpha and
   * dropout, and as targets the layers that its tensors belong to.
   *
   * @throws IllegalArgumentException naming the key, if the folder's adapter computes something
   *     else
   */
  public static Lora read(Path folder) {
    JsonNode config = PeftFolder.config(folder);
    refuseOther(config);
    return new Lora(
        config.path("r").asInt(8),
        config.path("lora_alpha").asDouble(8),
        config.path("lora_dropout").asDouble(0),
        List.copyOf(AttachedLayers.modules(folder, name -> name.replaceFirst("\\.lora_.*$", ""))));
  }

  @Override
  public Attached attach(Layer net) {
    return new AttachedLora(net, places(net));
  }

  private Map<String, Slot<?>> places(Layer net) {
    for (String target : targets) {
      if (Select.paths(net, target).values().stream().noneMatch(s -> LoraLayer.takes(s.get()))) {
        throw new IllegalArgumentException(
            "targets: '"
                + target
                + "' matches no Linear, Conv2d or Embedding, but "
                + Select.paths(net, target));
      }
    }
    Map<String, Slot<?>> places = Select.paths(net, targets.toArray(String[]::new));
    places.values().removeIf(s -> !LoraLayer.takes(s.get()));
    return places;
  }

  private final class AttachedLora extends AttachedLayers {
    AttachedLora(Layer net, Map<String, Slot<?>> places) {
      super(net, places, layer -> LoraLayer.of(layer, Lora.this));
    }

    @Override
    Map<String, Object> config() {
      Map<String, Object> config = new LinkedHashMap<>();
      config.put("peft_type", "LORA");
      config.put("task_type", null);
      config.put("base_model_name_or_path", null);
      config.put("inference_mode", true);
      config.put("r", rank);
      config.put("lora_alpha", alpha == Math.rint(alpha) ? (Object) (long) alpha : alpha);
      config.put("lora_dropout", dropout);
      config.put("bias", "none");
      config.put("fan_in_fan_out", false);
      config.put("init_lora_weights", true);
      config.put("use_dora", false);
      config.put("use_rslora", false);
      config.put("rank_pattern", Map.of());
      config.put("alpha_pattern", Map.of());
      return config;
    }

    @Override
    void check(JsonNode config) {
      refuseOther(config);
      same("r", rank, config.path("r").asDouble(8));
      same("lora_alpha", alpha, config.path("lora_alpha").asDouble(8));
    }

    private static void same(String key, double expected, double got) {
      if (expected != got) {
        throw new IllegalArgumentException(
            key
                + " of the folder is "
                + got
                + ", of this adapter "
                + expected
                + "; attach Lora.read(folder)");
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
              String key = entry.getKey();
              JsonNode value = entry.getValue();
              boolean fine =
                  switch (key) {
                    case "peft_type", "r", "lora_alpha" -> true;
                    case "bias" -> value.asText().equals("none");
                    case "init_lora_weights" ->
                        CHANGES_BASE.stream().noneMatch(lower(value)::startsWith);
                    default -> DESCRIPTIVE.contains(key) || unset(value);
                  };
              if (!fine) {
                throw new IllegalArgumentException(
                    key
                        + " is "
                        + value
                        + ": an adapter that computes something else than alpha / r B A x, which is"
                        + " all that can be loaded");
              }
            });
  }

  private static String lower(JsonNode value) {
    return value.asText().toLowerCase(Locale.ROOT);
  }

  private static boolean unset(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.asBoolean())
        || (value.isContainerNode() && value.isEmpty());
  }
}
