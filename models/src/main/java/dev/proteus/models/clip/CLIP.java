package dev.proteus.models.clip;

import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import java.util.List;

/** The architectures of CLIP, by the names that transformers gives them. */
public final class CLIP {
  private CLIP() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("CLIPModel", c -> new CLIPModel(CLIPConfig.of(c))),
        Architecture.of("CLIPTextModel", c -> new CLIPTextModel(CLIPTextConfig.of(c))),
        Architecture.of("CLIPVisionModel", c -> new CLIPVisionModel(CLIPVisionConfig.of(c))),
        Architecture.of(
            "CLIPTextModelWithProjection",
            "text_model",
            c -> new CLIPTextModelWithProjection(CLIPTextConfig.of(c))),
        Architecture.of(
            "CLIPVisionModelWithProjection",
            "vision_model",
            c -> new CLIPVisionModelWithProjection(CLIPVisionConfig.of(c))),
        Architecture.of(
            "CLIPForImageClassification",
            "vision_model",
            c -> new CLIPForImageClassification(CLIPConfig.of(c).vision(), Configs.labels(c))));
  }
}
