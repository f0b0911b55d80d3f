package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.GroupNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Transformer blocks over the positions of an image, around a shortcut (diffusers' {@code
 * Transformer2DModel}).
 *
 * <pre>  y = x + proj_out(blocks(proj_in(norm(x)), states))      x, y: [N, channels, H, W]  </pre>
 */
final class SpatialTransformer extends Layer {
  private static final long serialVersionUID = 1L;

  private static final double EPS = 1e-6;

  private final boolean linear;
  private final Slot<Layer> norm;
  private final Slot<Layer> in;
  private final List<Slot<TransformerBlock>> blocks = new ArrayList<>();
  private final Slot<Layer> out;

  SpatialTransformer(UNet2DConfig c, int level) {
    int channels = c.channels(level);
    int heads = c.transformerHeads(level);
    int headDim = channels / heads;
    int inner = heads * headDim;
    linear = c.useLinearProjection();
    norm = slot("norm", new GroupNorm(c.normNumGroups(), channels, EPS, true));
    in = slot("proj_in", projection(channels, inner));
    for (int i = 0; i < c.transformerLayers(level); i++) {
      TransformerBlock b = new TransformerBlock(inner, c.encoderChannels(level), heads, headDim);
      blocks.add(slot("transformer_blocks." + i, TransformerBlock.class, b));
    }
    out = slot("proj_out", projection(inner, channels));
  }

  private Layer projection(int from, int to) {
    return linear ? new Linear(from, to) : new Conv2d(from, to, 1);
  }

  Tensor run(Tensor x, Conditions c) {
    Tensor h = norm.call(x);
    h = linear ? in.call(sequence(h)) : sequence(in.call(h));
    for (Slot<TransformerBlock> block : blocks) {
      h = block.call(h, (l, t) -> l.run(t, c));
    }
    h = linear ? image(out.call(h), x) : out.call(image(h, x));
    return h.add(x);
  }

  private static Tensor sequence(Tensor image) {
    return image.flatten(2, 3).transpose(1, 2);
  }

  private static Tensor image(Tensor sequence, Tensor like) {
    return sequence.transpose(1, 2).unflatten(2, like.size(2), like.size(3));
  }
}
