package dev.proteus.models.vit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import java.util.List;

/** The architectures of this family. */
public final class ViT {
  private ViT() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("ViTModel", c -> model(c, false)),
        Architecture.of(
            "ViTForImageClassification",
            "vit",
            c -> new ViTForImageClassification(ViTConfig.of(c), Configs.labels(c))),
        Architecture.of("DeiTModel", c -> model(c, true)),
        Architecture.of(
            "DeiTForImageClassification",
            "deit",
            c -> new ViTForImageClassification(ViTConfig.of(c), "deit", true, Configs.labels(c))),
        Architecture.of(
            "DeiTForImageClassificationWithTeacher",
            "deit",
            c -> new DeiTForImageClassificationWithTeacher(ViTConfig.of(c), Configs.labels(c))),
        timm("vit_*"),
        timm("deit_*"),
        timm("deit3_*"));
  }

  private static Architecture timm(String name) {
    return Architecture.of(name, VisionTransformer::of).withHead("head", "head_dist");
  }

  private static ViTModel model(JsonNode config, boolean distilled) {
    return new ViTModel(ViTConfig.of(config), distilled, true);
  }
}
