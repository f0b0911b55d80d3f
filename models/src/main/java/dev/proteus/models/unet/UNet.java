package dev.proteus.models.unet;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.MaxPool2d;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import java.util.ArrayList;
import java.util.List;

/**
 * U-Net: an encoder that halves the image level by level, and a decoder that enlarges it again and
 * joins what the encoder saw at each resolution. Slots have the names of the implementation that
 * PyTorch users know ({@code inc.double_conv.0}, {@code down1.maxpool_conv.1.double_conv.0}, {@code
 * up1.up}, {@code up1.conv.double_conv.0}, …, {@code outc.conv}), whose weights load by name.
 *
 * <pre>  x: [N, channels, H, W], y: logits [N, classes, H, W]; H, W at least 2^(levels - 1)  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1505.04597">U-Net: Convolutional Networks for Biomedical
 *     Image Segmentation</a>
 * @see <a href="https://github.com/milesial/Pytorch-UNet">milesial/Pytorch-UNet</a>
 */
public final class UNet extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> inc;
  private final ArrayList<Slot<Layer>> downs = new ArrayList<>();
  private final ArrayList<Slot<Up>> ups = new ArrayList<>();
  private final Slot<Layer> outc;

  public UNet(UNetConfig c) {
    List<Integer> widths = c.widths();
    int levels = widths.size();
    int narrowing = c.bilinear() ? 2 : 1; // of what goes up
    int first = widths.get(0);
    inc = slot("inc", new DoubleConv(c.channels(), first, first, c.batchNorm()));
    int in = first;
    for (int i = 1; i < levels; i++) {
      int out = i == levels - 1 ? widths.get(i) / narrowing : widths.get(i);
      downs.add(slot("down" + i, down(in, out, c.batchNorm())));
      in = out;
    }
    for (int i = levels - 2; i >= 0; i--) {
      int out = i == 0 ? first : widths.get(i) / narrowing;
      Up up = new Up(in, widths.get(i), out, c.bilinear(), c.batchNorm());
      ups.add(slot("up" + (levels - 1 - i), Up.class, up));
      in = out;
    }
    outc = slot("outc", named("conv", new Conv2d(first, c.classes(), 1)));
  }

  /** What a model folder calls it. */
  public static List<Architecture> architectures() {
    return List.of(Architecture.of("unet", c -> new UNet(Configs.read(c, UNetConfig.class))));
  }

  private static Layer down(int in, int out, boolean norm) {
    return named(
        "maxpool_conv", new Sequential(new MaxPool2d(2), new DoubleConv(in, out, out, norm)));
  }

  private static Layer named(String name, Layer layer) {
    return new Sequential().add(name, layer);
  }

  @Override
  public Tensor forward(Tensor x) {
    List<Tensor> skips = new ArrayList<>();
    Tensor y = inc.call(x);
    for (Slot<Layer> down : downs) {
      skips.add(y);
      y = down.call(y);
    }
    for (Slot<Up> up : ups) {
      Tensor skip = skips.remove(skips.size() - 1);
      y = up.call(y, (l, in) -> l.join(in, skip));
    }
    return outc.call(y);
  }
}
