package dev.proteus.models.resnet;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.AvgPool2d;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.GlobalAvgPool;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MaxPool2d;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A residual network: stem, stages of blocks, global average, linear head. Slots have the names of
 * torchvision and timm ({@code conv1}, {@code bn1}, {@code layer1.0.conv1}, …, {@code avgpool},
 * {@code fc}).
 *
 * <pre>  x: [N, channels, H, W], y: [N, classes]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1512.03385">Deep Residual Learning for Image Recognition</a>
 */
public final class ResNet extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> conv1;
  private final Slot<Layer> bn1;
  private final Layer maxPool;
  private final List<List<Slot<Layer>>> stages = new ArrayList<>();
  private final Slot<Layer> avgpool;
  private final Slot<Layer> fc;

  public ResNet(ResNetConfig c) {
    this(
        c,
        c.block() == ResNetConfig.Block.BASIC
            ? BasicBlock.FACTORY
            : Bottleneck.factory(c.groups(), c.widthPerGroup()));
  }

  /** With blocks of another kind than the configuration's. */
  public ResNet(ResNetConfig c, BlockFactory factory) {
    conv1 = slot("conv1", stem(c));
    bn1 = slot("bn1", new BatchNorm2d(c.stemWidth()));
    maxPool = c.stem() == ResNetConfig.Stem.SMALL ? null : new MaxPool2d(3, 2, 1);
    int in = c.stemWidth();
    for (int s = 0; s < c.widths().size(); s++) {
      int width = c.widths().get(s);
      int out = width * factory.expansion();
      List<Layer> blocks = new ArrayList<>();
      for (int b = 0; b < c.depths().get(s); b++) {
        int stride = s > 0 && b == 0 ? 2 : 1;
        Layer shortcut = in == out && stride == 1 ? null : shortcut(c.shortcut(), in, out, stride);
        blocks.add(factory.block(in, width, stride, b == 0, shortcut));
        in = out;
      }
      stages.add(slots("layer" + (s + 1), blocks));
    }
    avgpool = slot("avgpool", new GlobalAvgPool());
    fc = c.classes() == 0 ? null : slot("fc", new Linear(in, c.classes()));
    layers().stream()
        .filter(Conv2d.class::isInstance)
        .map(Conv2d.class::cast)
        .forEach(l -> Init.kaimingNormal_(l.weight().value(), Init.RELU, Init.Fan.OUT));
  }

  private static Layer stem(ResNetConfig c) {
    int w = c.stemWidth();
    return switch (c.stem()) {
      case SMALL -> new Conv2d(c.channels(), w, 3, 1, 1, 1, false);
      case LARGE -> new Conv2d(c.channels(), w, 7, 2, 3, 1, false);
      case DEEP -> stem(c.channels(), w / 2, w / 2, w);
      case TIERED -> stem(c.channels(), 3 * (w / 8), w / 2, w);
    };
  }

  private static Layer stem(int channels, int first, int second, int third) {
    return new Sequential(
        new Conv2d(channels, first, 3, 2, 1, 1, false),
        new BatchNorm2d(first),
        Activation.relu(),
        new Conv2d(first, second, 3, 1, 1, 1, false),
        new BatchNorm2d(second),
        Activation.relu(),
        new Conv2d(second, third, 3, 1, 1, 1, false));
  }

  private static Layer shortcut(ResNetConfig.Shortcut kind, int in, int out, int stride) {
    BatchNorm2d norm = new BatchNorm2d(out);
    return switch (kind) {
      case CONV -> new Sequential(new Conv2d(in, out, 1, stride, 0, 1, false), norm);
      case POOL ->
          new Sequential(
              // Padding is not counted and odd sizes round up, as in timm's "d" variants.
              new AvgPool2d(
                  new long[] {stride, stride},
                  new long[] {stride, stride},
                  new long[] {0, 0},
                  true,
                  false),
              new Conv2d(in, out, 1, 1, 0, 1, false),
              norm);
    };
  }

  /** The feature vector before the head: [N, channels of the last stage]. */
  public Tensor features(Tensor x) {
    Tensor y = Scope.lean(() -> bn1.call(conv1.call(x)).relu());
    if (maxPool != null) {
      y = maxPool.forward(y);
    }
    for (List<Slot<Layer>> stage : stages) {
      for (Slot<Layer> block : stage) {
        Tensor in = y;
        y = Scope.lean(() -> block.call(in));
      }
    }
    return avgpool.call(y);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = features(x);
    return fc == null ? y : fc.call(y);
  }
}
