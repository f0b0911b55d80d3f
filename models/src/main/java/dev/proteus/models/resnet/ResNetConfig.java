package dev.proteus.models.resnet;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.models.Configs;
import java.util.List;

/**
 * Shape of a {@link ResNet}, with the keys of a Hugging Face {@code config.json}.
 *
 * @param channels of the input image
 * @param stemWidth channels after the stem
 * @param widths of the stages; a bottleneck's output has four times as many channels
 * @param depths blocks of each stage
 * @param block basic (two 3x3) or bottleneck (1x1, 3x3, 1x1)
 * @param stem what comes first
 * @param shortcut what a residual connection does where the shape changes
 * @param classes outputs; 0 for the features before the head
 * @param groups of a bottleneck's 3x3 convolution; more than one in ResNeXt
 * @param widthPerGroup channels of each group in a stage of width 64, and in proportion in others
 */
public record ResNetConfig(
    @JsonProperty("num_channels") int channels,
    @JsonProperty("embedding_size") int stemWidth,
    @JsonProperty("stage_widths") List<Integer> widths,
    @JsonProperty("depths") List<Integer> depths,
    @JsonProperty("layer_type") Block block,
    @JsonProperty("stem_type") Stem stem,
    @JsonProperty("shortcut_type") Shortcut shortcut,
    @JsonProperty("num_classes") int classes,
    @JsonProperty("groups") int groups,
    @JsonProperty("width_per_group") int widthPerGroup) {
  private static final int PLAIN_WIDTH = 64;

  /** Kinds of residual block. */
  public enum Block {
    @JsonProperty("basic")
    BASIC,
    @JsonProperty("bottleneck")
    BOTTLENECK
  }

  /**
   * {@code SMALL}: 3x3; {@code LARGE}: 7x7 stride 2 and max-pool; {@code DEEP}: three 3x3 instead
   * of the 7x7, the first two of half the width; {@code TIERED}: the first of 3/8 of the width.
   */
  public enum Stem {
    @JsonProperty("small")
    SMALL,
    @JsonProperty("large")
    LARGE,
    @JsonProperty("deep")
    DEEP,
    @JsonProperty("deep_tiered")
    TIERED
  }

  /** {@code CONV}: 1x1 with the stride; {@code POOL}: average pool with the stride, then 1x1. */
  public enum Shortcut {
    @JsonProperty("conv")
    CONV,
    @JsonProperty("pool")
    POOL
  }

  public ResNetConfig {
    widths = List.copyOf(widths);
    depths = List.copyOf(depths);
    if (widths.isEmpty() || widths.size() != depths.size()) {
      throw new IllegalArgumentException(
          "as many widths as depths, at least one, but got " + widths + " and " + depths);
    }
    if (block == Block.BASIC && (groups != 1 || widthPerGroup != PLAIN_WIDTH)) {
      throw new IllegalArgumentException(
          "basic blocks have no groups, but got groups %d and width_per_group %d"
              .formatted(groups, widthPerGroup));
    }
  }

  /** Without groups. */
  public ResNetConfig(
      int channels,
      int stemWidth,
      List<Integer> widths,
      List<Integer> depths,
      Block block,
      Stem stem,
      Shortcut shortcut,
      int classes) {
    this(channels, stemWidth, widths, depths, block, stem, shortcut, classes, 1, PLAIN_WIDTH);
  }

  /** Reads a {@code config.json} of our own; early ones have no groups. */
  public static ResNetConfig of(JsonNode config) {
    ObjectNode all =
        JsonNodeFactory.instance.objectNode().put("groups", 1).put("width_per_group", PLAIN_WIDTH);
    return Configs.read(all.setAll((ObjectNode) config), ResNetConfig.class);
  }

  /** A network for images of about 28x28 pixels: stages of 16, 32 and 64 channels. */
  public static ResNetConfig small(int channels, int classes) {
    return new ResNetConfig(
        channels,
        16,
        List.of(16, 32, 64),
        List.of(1, 1, 1),
        Block.BASIC,
        Stem.SMALL,
        Shortcut.CONV,
        classes);
  }

  /** ResNet-50 for ImageNet: 25,557,032 parameters. */
  public static ResNetConfig resnet50() {
    return new ResNetConfig(
        3,
        64,
        List.of(64, 128, 256, 512),
        List.of(3, 4, 6, 3),
        Block.BOTTLENECK,
        Stem.LARGE,
        Shortcut.CONV,
        1000);
  }
}
