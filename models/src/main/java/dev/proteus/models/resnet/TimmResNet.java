package dev.proteus.models.resnet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Timm;
import dev.proteus.models.resnet.ResNetConfig.Block;
import dev.proteus.models.resnet.ResNetConfig.Shortcut;
import dev.proteus.models.resnet.ResNetConfig.Stem;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * timm's residual networks, under whose names torchvision's load as well: {@code resnet50}, {@code
 * resnet50d}, {@code resnext50_32x4d}, {@code wide_resnet50_2}, …
 */
final class TimmResNet {
  /** Family, depth, stem, cardinality, channels of a group. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?:resnet(\\d+)([cdst]?)|wide_resnet(\\d+)_2|resnext(\\d+)(d?)_(\\d+)x(\\d+)d)");

  private static final Map<String, List<Integer>> LAYERS =
      Map.of(
          "10", List.of(1, 1, 1, 1),
          "14", List.of(1, 1, 1, 1),
          "18", List.of(2, 2, 2, 2),
          "26", List.of(2, 2, 2, 2),
          "34", List.of(3, 4, 6, 3),
          "50", List.of(3, 4, 6, 3),
          "101", List.of(3, 4, 23, 3),
          "152", List.of(3, 8, 36, 3),
          "200", List.of(3, 24, 36, 3));

  private static final List<String> BASIC = List.of("10", "18", "34");

  private TimmResNet() {}

  /** Arguments of timm's {@code ResNet}. */
  @JsonNaming(SnakeCaseStrategy.class)
  private record Arguments(
      List<Integer> layers,
      List<Integer> channels,
      int numClasses,
      int inChans,
      String globalPool,
      int cardinality,
      int baseWidth,
      int stemWidth,
      String stemType,
      boolean avgDown) {}

  /** The shape that a {@code config.json} of timm stands for. */
  static ResNetConfig config(JsonNode config) {
    String name = Timm.name(config);
    Matcher m = NAME.matcher(name);
    boolean known = m.matches();
    String depth = known ? first(m, 1, 3, 4) : "";
    if (!LAYERS.containsKey(depth)) {
      throw new IllegalArgumentException(
          "the variant '"
              + name
              + "' is not implemented; known: resnet, wide_resnet (_2) and resnext (_32x4d and"
              + " alike) of depth "
              + String.join(", ", LAYERS.keySet().stream().sorted().toList())
              + ", resnet also with c, d, s or t after it, resnext with d");
    }
    Arguments a = Timm.arguments(config, named(m, depth));
    if (!a.globalPool().equals("avg")) {
      throw new IllegalArgumentException("global_pool is avg, but is " + a.globalPool());
    }
    return new ResNetConfig(
        a.inChans(),
        a.stemType().isEmpty() ? 64 : 2 * a.stemWidth(),
        a.channels(),
        a.layers(),
        BASIC.contains(depth) ? Block.BASIC : Block.BOTTLENECK,
        stem(a.stemType()),
        a.avgDown() ? Shortcut.POOL : Shortcut.CONV,
        a.numClasses(),
        a.cardinality(),
        a.baseWidth());
  }

  private static Arguments named(Matcher m, String depth) {
    String letter = first(m, 2, 5);
    boolean grouped = m.group(6) != null;
    int width = m.group(3) != null ? 128 : 64;
    String stem = letter.isEmpty() ? "" : letter.equals("t") ? "deep_tiered" : "deep";
    return new Arguments(
        LAYERS.get(depth),
        List.of(64, 128, 256, 512),
        1000,
        3,
        "avg",
        grouped ? Integer.parseInt(m.group(6)) : 1,
        grouped ? Integer.parseInt(m.group(7)) : width,
        letter.matches("[cdt]") ? 32 : 64,
        stem,
        letter.matches("[dt]"));
  }

  private static Stem stem(String type) {
    return switch (type) {
      case "" -> Stem.LARGE;
      case "deep" -> Stem.DEEP;
      case "deep_tiered" -> Stem.TIERED;
      default ->
          throw new IllegalArgumentException(
              "stem_type is empty, deep or deep_tiered, but is " + type);
    };
  }

  /** The first of these groups that is there, or nothing. */
  private static String first(Matcher m, int... groups) {
    for (int g : groups) {
      if (m.group(g) != null) {
        return m.group(g);
      }
    }
    return "";
  }
}
