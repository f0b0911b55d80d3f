package dev.proteus.models.resnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Configs;
import dev.proteus.models.resnet.ResNetConfig.Block;
import dev.proteus.models.resnet.ResNetConfig.Shortcut;
import dev.proteus.models.resnet.ResNetConfig.Stem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** transformers' residual networks, whose tensors have names of their own. */
final class TransformersResNet {
  private static final Pattern STEM =
      Pattern.compile("resnet\\.embedder\\.embedder\\.(convolution|normalization)\\.(.*)");

  private static final Pattern BLOCK =
      Pattern.compile(
          "resnet\\.encoder\\.stages\\.(\\d+)\\.layers\\.(\\d+)\\.(?:layer\\.(\\d+)|shortcut)"
              + "\\.(convolution|normalization)\\.(.*)");

  private TransformersResNet() {}

  /** The keys that its {@code config.json} has and ours has not. */
  @JsonNaming(SnakeCaseStrategy.class)
  private record Shape(
      int numChannels,
      int embeddingSize,
      List<Integer> hiddenSizes,
      List<Integer> depths,
      Block layerType) {
    private static final Shape DEFAULTS =
        new Shape(3, 64, List.of(256, 512, 1024, 2048), List.of(3, 4, 6, 3), Block.BOTTLENECK);
  }

  static ResNetConfig config(JsonNode config) {
    Configs.only(config, "hidden_act", "relu");
    Configs.only(config, "downsample_in_first_stage", "false");
    Configs.only(config, "downsample_in_bottleneck", "false");
    Shape s = Configs.read(config, Shape.DEFAULTS);
    int expansion = s.layerType() == Block.BASIC ? 1 : 4;
    return new ResNetConfig(
        s.numChannels(),
        s.embeddingSize(),
        s.hiddenSizes().stream().map(w -> w / expansion).toList(),
        s.depths(),
        s.layerType(),
        Stem.LARGE,
        Shortcut.CONV,
        Configs.labels(config));
  }

  /** Its names in ours; names that are ours already stay, as in a folder that was saved here. */
  static Map<String, Tensor> rename(Map<String, Tensor> published) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    published.forEach((name, t) -> state.put(ours(name), t));
    return state;
  }

  private static String ours(String name) {
    Matcher stem = STEM.matcher(name);
    if (stem.matches()) {
      return (stem.group(1).equals("convolution") ? "conv1." : "bn1.") + stem.group(2);
    }
    Matcher b = BLOCK.matcher(name);
    if (b.matches()) {
      boolean conv = b.group(4).equals("convolution");
      String layer =
          b.group(3) == null
              ? "downsample." + (conv ? 0 : 1)
              : (conv ? "conv" : "bn") + (Integer.parseInt(b.group(3)) + 1);
      int stage = Integer.parseInt(b.group(1)) + 1;
      return "layer" + stage + "." + b.group(2) + "." + layer + "." + b.group(5);
    }
    return name.replaceFirst("^classifier\\.1\\.", "fc.");
  }
}
