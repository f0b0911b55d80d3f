package dev.proteus.models.resnet;

import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * A 3x3 convolution between two of 1x1, around a shortcut; the output has four times the width.
 *
 * <pre>  y = relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x))  </pre>
 */
public final class Bottleneck extends Layer {
  private static final long serialVersionUID = 1L;

  private static final int EXPANSION = 4;

  /** Makes bottleneck blocks. */
  public static final BlockFactory FACTORY =
      new BlockFactory() {
        @Override
        public Layer block(int in, int width, int stride, boolean first, Layer shortcut) {
          return new Bottleneck(in, width, stride, shortcut);
        }

        @Override
        public int expansion() {
          return EXPANSION;
        }
      };

  private final Slot<Layer> conv1;
  private final Slot<Layer> bn1;
  private final Slot<Layer> conv2;
  private final Slot<Layer> bn2;
  private final Slot<Layer> conv3;
  private final Slot<Layer> bn3;
  private final Slot<Layer> downsample;

  public Bottleneck(int in, int width, int stride, Layer shortcut) {
    int out = width * EXPANSION;
    conv1 = slot("conv1", new Conv2d(in, width, 1, 1, 0, 1, false));
    bn1 = slot("bn1", new BatchNorm2d(width));
    conv2 = slot("conv2", new Conv2d(width, width, 3, stride, 1, 1, false));
    bn2 = slot("bn2", new BatchNorm2d(width));
    conv3 = slot("conv3", new Conv2d(width, out, 1, 1, 0, 1, false));
    bn3 = slot("bn3", new BatchNorm2d(out));
    downsample = shortcut == null ? null : slot("downsample", shortcut);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor first = Scope.lean(() -> bn1.call(conv1.call(x)).relu());
    Tensor second = Scope.lean(() -> bn2.call(conv2.call(first)).relu());
    Tensor y = Scope.lean(() -> bn3.call(conv3.call(second)));
    return y.add(downsample == null ? x : downsample.call(x)).relu();
  }
}
