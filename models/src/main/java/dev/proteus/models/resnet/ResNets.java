package dev.proteus.models.resnet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.models.Architecture;
import java.util.List;
import java.util.function.Function;

/** The architectures of this family: our own, timm's and torchvision's, and transformers'. */
public final class ResNets {
  private ResNets() {}

  public static List<Architecture> architectures() {
    return List.of(
        of("resnet", ResNetConfig::of),
        of("ResNetForImageClassification", TransformersResNet::config)
            .renaming(TransformersResNet::rename),
        of("resnet*", TimmResNet::config),
        of("resnext*", TimmResNet::config),
        of("wide_resnet*", TimmResNet::config));
  }

  private static Architecture of(String name, Function<JsonNode, ResNetConfig> config) {
    return Architecture.of(name, c -> new ResNet(config.apply(c))).withHead("fc");
  }
}
