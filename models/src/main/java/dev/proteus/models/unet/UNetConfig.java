package dev.proteus.models.unet;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Shape of a {@link UNet}.
 *
 * @param channels of the input image
 * @param classes outputs of each pixel
 * @param widths channels of each level, from the full resolution down; the published ones are 64,
 *     128, 256, 512, 1024
 * @param bilinear enlarges by interpolation, with half the channels in the lowest level, else by
 *     transposed convolutions
 * @param batchNorm after each 3x3 convolution, which then has no bias
 */
public record UNetConfig(
    @JsonProperty("num_channels") int channels,
    @JsonProperty("num_classes") int classes,
    @JsonProperty("hidden_sizes") List<Integer> widths,
    @JsonProperty("bilinear") boolean bilinear,
    @JsonProperty("batch_norm") boolean batchNorm) {

  public UNetConfig {
    widths = List.copyOf(widths);
    if (widths.size() < 2) {
      throw new IllegalArgumentException("hidden_sizes: at least two levels, but got " + widths);
    }
    if (widths.subList(1, widths.size()).stream().anyMatch(w -> w % 2 != 0)) {
      throw new IllegalArgumentException(
          "hidden_sizes: even channels below the first level, but got " + widths);
    }
  }

  /** The published sizes. */
  public static UNetConfig published(int channels, int classes, boolean bilinear) {
    return new UNetConfig(channels, classes, List.of(64, 128, 256, 512, 1024), bilinear, true);
  }
}
