package dev.proteus.models.resnet;

import dev.proteus.core.nn.Layer;

/** Makes the residual blocks of a {@link ResNet}; what a new block architecture implements. */
public interface BlockFactory {
  /**
   * A block with fresh weights.
   *
   * @param in input channels
   * @param width of the stage; the block's output has {@code width * expansion()} channels
   * @param stride 2 where the block halves the image
   * @param first in its stage
   * @param shortcut of the residual connection, or null for the identity
   */
  Layer block(int in, int width, int stride, boolean first, Layer shortcut);

  int expansion();
}
