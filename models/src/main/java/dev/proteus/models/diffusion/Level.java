package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What the levels of the way down, the way up and the middle share: residual blocks, attention. */
abstract class Level extends Layer {
  private static final long serialVersionUID = 1L;

  private final List<Slot<ResnetBlock>> resnets = new ArrayList<>();
  private final List<Slot<Layer>> attentions = new ArrayList<>();

  final void addResnet(ResnetBlock block) {
    resnets.add(slot("resnets." + resnets.size(), ResnetBlock.class, block));
  }

  final void addAttention(Layer attention) {
    attentions.add(slot("attentions." + attentions.size(), attention));
  }

  /** What a level of that kind has after a residual block. */
  final void addAttention(UNet2DConfig c, BlockKind kind, int level) {
    switch (kind) {
      case SELF ->
          addAttention(
              new SelfAttention(
                  c.channels(level), c.headChannels(level), c.normNumGroups(), c.normEps(), 1));
      case CROSS -> addAttention(new SpatialTransformer(c, level));
      case PLAIN, RESNET -> {
        // no attention
      }
    }
  }

  final int resnets() {
    return resnets.size();
  }

  final Tensor resnet(int i, Tensor x, Tensor time) {
    return resnets.get(i).call(x, (l, in) -> l.run(in, time));
  }

  /** The attention after residual block {@code i}, if there is one. */
  final Tensor attention(int i, Tensor x, Conditions c) {
    if (i >= attentions.size()) {
      return x;
    }
    return attentions
        .get(i)
        .call(x, (l, in) -> l instanceof SpatialTransformer t ? t.run(in, c) : l.forward(in));
  }
}
