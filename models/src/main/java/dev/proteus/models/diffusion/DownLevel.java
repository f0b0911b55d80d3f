package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.PaddingMode;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/** A level of the way down; but for the last it halves the image at its end. */
final class DownLevel extends Level {
  private static final long serialVersionUID = 1L;

  /** Null in the last level. */
  private final Slot<Layer> down;

  DownLevel(UNet2DConfig c, int level) {
    BlockKind kind = BlockKind.of("Down", c.downBlockTypes().get(level));
    int out = c.channels(level);
    for (int i = 0; i < c.layers(level); i++) {
      int in = i > 0 ? out : c.channels(Math.max(0, level - 1));
      addResnet(new ResnetBlock(c, in, out, Resample.NONE, 1));
      addAttention(c, kind, level);
    }
    boolean byResnet =
        kind == BlockKind.RESNET || (kind == BlockKind.SELF && c.downsampleType().equals("resnet"));
    if (level == c.levels() - 1) {
      down = null;
    } else if (byResnet) {
      down = slot("downsamplers.0", new ResnetBlock(c, out, out, Resample.DOWN, 1));
    } else {
      down = slot("downsamplers.0.conv", halving(out, c.downsamplePadding()));
    }
  }

  private static Conv2d halving(int channels, int padding) {
    long[] three = {3, 3};
    long[] two = {2, 2};
    long[] one = {1, 1};
    long[] around = padding == 0 ? new long[] {0, 1, 0, 1} : new long[] {padding, padding};
    return new Conv2d(channels, channels, three, two, around, one, 1, true, PaddingMode.ZEROS);
  }

  /** Runs the level, and appends what the way up will join. */
  Tensor run(Tensor x, Tensor time, Conditions c, List<Tensor> skips) {
    Tensor y = x;
    for (int i = 0; i < resnets(); i++) {
      y = attention(i, resnet(i, y, time), c);
      skips.add(y);
    }
    if (down != null) {
      y = down.call(y, (l, in) -> l instanceof ResnetBlock r ? r.run(in, time) : l.forward(in));
      skips.add(y);
    }
    return y;
  }
}
