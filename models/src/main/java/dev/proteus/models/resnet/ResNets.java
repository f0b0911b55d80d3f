package dev.proteus.models.resnet;

import dev.proteus.models.Architecture;
import java.util.List;

/** The architectures of this family: our own, timm's and torchvision's, and transformers'. */
public final class ResNets {
  private ResNets() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("resnet", c -> new ResNet(ResNetConfig.of(c))),
        Architecture.of("ResNetForImageClassification", TransformersResNet::build)
            .renaming(TransformersResNet::rename),
        Architecture.of("resnet*", c -> new ResNet(TimmResNet.config(c))),
        Architecture.of("resnext*", c -> new ResNet(TimmResNet.config(c))),
        Architecture.of("wide_resnet*", c -> new ResNet(TimmResNet.config(c))));
  }
}
