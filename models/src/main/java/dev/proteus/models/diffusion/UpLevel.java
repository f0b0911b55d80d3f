package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * A level of the way up: each residual block joins what the way down saw at this resolution; but
 * for the last level it doubles the image at its end.
 */
final class UpLevel extends Level {
  private static final long serialVersionUID = 1L;

  /** Null in the last level. */
  private final Slot<Layer> up;

  /**
   * @param step from the lowest resolution up
   */
  UpLevel(UNet2DConfig c, int step) {
    int level = c.levels() - 1 - step;
    BlockKind kind = BlockKind.of("Up", c.upBlockTypes().get(step));
    int out = c.channels(level);
    int below = c.channels(Math.min(level + 1, c.levels() - 1));
    int above = c.channels(Math.max(level - 1, 0));
    int layers = c.layers(level) + 1;
    for (int i = 0; i < layers; i++) {
      int skip = i == layers - 1 ? above : out;
      addResnet(new ResnetBlock(c, (i == 0 ? below : out) + skip, out, Resample.NONE, 1));
      addAttention(c, kind, level);
    }
    boolean byResnet =
        kind == BlockKind.RESNET || (kind == BlockKind.SELF && c.upsampleType().equals("resnet"));
    if (level == 0) {
      up = null;
    } else if (byResnet) {
      up = slot("upsamplers.0", new ResnetBlock(c, out, out, Resample.UP, 1));
    } else {
      up = slot("upsamplers.0.conv", new Conv2d(out, out, 3, 1, 1));
    }
  }

  /** Runs the level, and takes what it joins off the end of {@code skips}. */
  Tensor run(Tensor x, Tensor time, Conditions c, List<Tensor> skips) {
    Tensor y = x;
    for (int i = 0; i < resnets(); i++) {
      Tensor joined = Tensor.cat(1, y, skips.remove(skips.size() - 1));
      y = attention(i, resnet(i, joined, time), c);
    }
    if (up == null) {
      return y;
    }
    if (up.get() instanceof ResnetBlock) {
      return up.call(y, (l, in) -> ((ResnetBlock) l).run(in, time));
    }
    // Twice as large; one less where the way down rounded up.
    Tensor next = skips.get(skips.size() - 1);
    return up.call(F.upsampleNearest(y, next.size(2), next.size(3)));
  }
}
