package dev.proteus.models.resnet;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 * @param classes outputs
 */
public record ResNetConfig(
    @JsonProperty("num_channels") int channels,
    @JsonProperty("embedding_size") int stemWidth,
    @JsonProperty("stage_widths") List<Integer> widths,
    @JsonProperty("depths") List<Integer> depths,
    @JsonProperty("layer_type") Block block,
    @JsonProperty("stem_type") Stem stem,
    @JsonProperty("shortcut_type") Shortcut shortcut,
    @JsonProperty("num_classes") int classes) {

  /** Kinds of residual block. */
  public enum Block {
    @JsonProperty("basic")
    BASIC,
    @JsonProperty("bottleneck")
    BOTTLENECK
  }

  /**
   * {@code SMALL}: 3x3; {@code LARGE}: 7x7 stride 2 and max-pool; {@code DEEP}: three 3x3 instead.
   */
  public enum Stem {
    @JsonProperty("small")
    SMALL,
    @JsonProperty("large")
    LARGE,
    @JsonProperty("deep")
    DEEP
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
