package dev.proteus.models.unet;

import dev.proteus.core.nn.ConvTranspose2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.Upsample;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Enlarges twofold, joins what the encoder saw at that resolution, and convolves twice.
 *
 * <pre>  x: [N, C, H, W], skip: [N, C', 2H or 2H + 1, 2W or 2W + 1], y: [N, out, size of skip]
 *   y = conv([skip, up(x) padded with zeros to skip's size])  </pre>
 */
final class Up extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> up;
  private final Slot<Layer> conv;

  /**
   * @param in channels of x; a transposed convolution halves them
   * @param skip channels of skip
   */
  Up(int in, int skip, int out, boolean bilinear, boolean norm) {
    if (bilinear) {
      up = slot("up", Upsample.bilinear(2, true));
      conv = slot("conv", new DoubleConv(in + skip, (in + skip) / 2, out, norm));
    } else {
      up = slot("up", new ConvTranspose2d(in, in / 2, 2, 2, 0));
      conv = slot("conv", new DoubleConv(in / 2 + skip, out, out, norm));
    }
  }

  Tensor join(Tensor x, Tensor skip) {
    Tensor large = up.call(x);
    long rows = skip.size(2) - large.size(2);
    long columns = skip.size(3) - large.size(3);
    if (rows != 0 || columns != 0) {
      large =
          F.pad(
              large, "constant", 0, columns / 2, columns - columns / 2, rows / 2, rows - rows / 2);
    }
    return conv.call(Tensor.cat(1, skip, large));
  }
}
