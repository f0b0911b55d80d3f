package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;

/** The middle, at the lowest resolution: a residual block, and attention and another, if wanted. */
final class MidLevel extends Level {
  private static final long serialVersionUID = 1L;

  MidLevel(UNet2DConfig c) {
    int level = c.levels() - 1;
    int channels = c.channels(level);
    double scale = c.midBlockScaleFactor();
    addResnet(new ResnetBlock(c, channels, channels, Resample.NONE, scale));
    if (!c.isConditional()) {
      if (c.addAttention()) {
        addAttention(
            new SelfAttention(channels, c.headChannels(level), groups(c), c.normEps(), scale));
      }
      addResnet(new ResnetBlock(c, channels, channels, Resample.NONE, scale));
    } else if (c.midBlockType().equals("UNetMidBlock2DCrossAttn")) {
      addAttention(new SpatialTransformer(c, level));
      addResnet(new ResnetBlock(c, channels, channels, Resample.NONE, scale));
    }
  }

  private static Integer groups(UNet2DConfig c) {
    if (c.attnNormNumGroups() != null) {
      return c.attnNormNumGroups();
    }
    return c.scalesByTime() ? null : Integer.valueOf(c.normNumGroups());
  }

  Tensor run(Tensor x, Tensor time, Conditions c) {
    Tensor y = resnet(0, x, time);
    return resnets() == 1 ? y : resnet(1, attention(0, y, c), time);
  }
}
