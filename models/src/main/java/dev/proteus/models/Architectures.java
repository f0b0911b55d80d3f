package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.models.bert.Bert;
import dev.proteus.models.clip.CLIP;
import dev.proteus.models.diffusion.Diffusion;
import dev.proteus.models.gpt2.Gpt2;
import dev.proteus.models.llama.Llama;
import dev.proteus.models.mobilenet.MobileNet;
import dev.proteus.models.resnet.ResNets;
import dev.proteus.models.t5.T5;
import dev.proteus.models.unet.UNet;
import dev.proteus.models.vit.ViT;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Every architecture that a model folder may have. */
final class Architectures {
  /** A family a line; the first that a name fits is taken. */
  private static final List<Architecture> ALL =
      Stream.of(
              List.of(Architecture.of("mlp", c -> Configs.read(c, MlpConfig.class).network())),
              ResNets.architectures(),
              MobileNet.architectures(),
              Diffusion.architectures(),
              UNet.architectures(),
              Bert.architectures(),
              T5.architectures(),
              ViT.architectures(),
              CLIP.architectures(),
              Gpt2.architectures(),
              Llama.architectures())
          .flatMap(List::stream)
          .toList();

  /**
   * Where the name is, in this order: transformers, timm, diffusers, and what names a model only by
   * its type.
   */
  private static final List<String> KEYS = List.of("architecture", "_class_name", "model_type");

  private Architectures() {}

  /**
   * The one that a configuration names.
   *
   * @throws IllegalArgumentException listing those known, if there is none of that name
   */
  static Architecture of(JsonNode config) {
    return named(name(config));
  }

  static Architecture named(String name) {
    return ALL.stream()
        .filter(a -> a.isCalled(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown architecture '"
                        + name
                        + "'; known: "
                        + ALL.stream()
                            .map(Architecture::name)
                            .sorted()
                            .collect(Collectors.joining(", "))));
  }

  /** What a configuration calls its architecture; empty if it does not. */
  static String name(JsonNode config) {
    JsonNode listed = config.path("architectures").path(0);
    if (listed.isTextual()) {
      return listed.asText();
    }
    return KEYS.stream()
        .map(config::path)
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .findFirst()
        .orElse("");
  }
}
