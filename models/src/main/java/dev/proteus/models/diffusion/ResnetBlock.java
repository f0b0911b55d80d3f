package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.GroupNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Two 3x3 convolutions around a shortcut, told what time it is.
 *
 * <pre>  h = conv1(resample(act(norm1(x))))
 *   h = norm2(h + e)   or, with scale_shift,   norm2(h) (1 + e_1) + e_2,   e = W act(time)
 *   y = (shortcut(resample(x)) + conv2(dropout(act(h)))) / scale
 *   x: [N, in, H, W], time: [N, timeChannels], y: [N, out, H', W']  </pre>
 */
final class ResnetBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm1;
  private final Slot<Layer> conv1;
  private final Slot<Layer> timeProjection;
  private final Slot<Layer> norm2;
  private final Slot<Layer> dropout;
  private final Slot<Layer> conv2;
  private final Slot<Layer> act;
  private final Slot<Layer> shortcut;
  private final Resample resample;
  private final boolean scaling;
  private final double scale;

  ResnetBlock(UNet2DConfig c, int in, int out, Resample resample, double scale) {
    scaling = c.scalesByTime();
    norm1 = slot("norm1", new GroupNorm(c.normNumGroups(), in, c.normEps(), true));
    conv1 = slot("conv1", new Conv2d(in, out, 3, 1, 1));
    int projected = scaling ? 2 * out : out;
    timeProjection = slot("time_emb_proj", new Linear(c.timeChannels(), projected));
    norm2 = slot("norm2", new GroupNorm(c.normNumGroups(), out, c.normEps(), true));
    dropout = slot("dropout", new Dropout(c.dropout()));
    conv2 = slot("conv2", new Conv2d(out, out, 3, 1, 1));
    act = slot("nonlinearity", Activation.named(c.actFn()));
    shortcut = in == out ? null : slot("conv_shortcut", new Conv2d(in, out, 1));
    this.resample = resample;
    this.scale = scale;
  }

  Tensor run(Tensor x, Tensor time) {
    return Scope.lean(
        () -> {
          Tensor h = conv1.call(resample.apply(act.call(norm1.call(x))));
          Tensor e = timeProjection.call(act.call(time)).unsqueeze(-1).unsqueeze(-1);
          if (scaling) {
            List<Tensor> parts = e.chunk(2, 1);
            h = norm2.call(h).mul(parts.get(0).add(1)).add(parts.get(1));
          } else {
            h = norm2.call(h.add(e));
          }
          h = conv2.call(dropout.call(act.call(h)));
          Tensor straight = resample.apply(x);
          Tensor y = h.add(shortcut == null ? straight : shortcut.call(straight));
          return scale == 1 ? y : y.div(scale);
        });
  }
}
