package dev.proteus.models.diffusion;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a level of the U-Net has besides its residual blocks. */
enum BlockKind {
  /** Nothing. */
  PLAIN("%sBlock2D"),
  /** Attention among the positions of the image, after each residual block. */
  SELF("Attn%sBlock2D"),
  /** A transformer that also attends to the encoder's states, after each residual block. */
  CROSS("CrossAttn%sBlock2D"),
  /** Nothing; a residual block changes the resolution, in place of a convolution. */
  RESNET("Resnet%ssampleBlock2D");

  private final String pattern;

  BlockKind(String pattern) {
    this.pattern = pattern;
  }

  /**
   * The kind that a config.json names.
   *
   * @param direction {@code Down} or {@code Up}
   * @throws IllegalArgumentException listing those known, for another name
   */
  static BlockKind of(String direction, String name) {
    return Arrays.stream(values())
        .filter(k -> k.pattern.formatted(direction).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "config.json: %s_block_types has %s, but only %s are implemented"
                        .formatted(
                            direction.toLowerCase(java.util.Locale.ROOT),
                            name,
                            Arrays.stream(values())
                                .map(k -> k.pattern.formatted(direction))
                                .collect(Collectors.joining(", ")))));
  }
}
