package dev.proteus.models.resnet;

import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * A 3x3 convolution between two of 1x1, around a shortcut; the output has four times the width.
 * With groups it is the block of ResNeXt, with more channels inside that of the wide networks.
 *
 * <pre>  y = relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + shortcut(x))  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1611.05431">Aggregated Residual Transformations for Deep
 *     Neural Networks</a>
 */
public final class Bottleneck extends Layer {
  private static final long serialVersionUID = 1L;

  private static final int EXPANSION = 4;

  private static final int PLAIN_WIDTH = 64;

  private final Slot<Layer> conv1;
  private final Slot<Layer> bn1;
  private final Slot<Layer> conv2;
  private final Slot<Layer> bn2;
  private final Slot<Layer> conv3;
  private final Slot<Layer> bn3;
  private final Slot<Layer> downsample;

  public Bottleneck(int in, int width, int stride, Layer shortcut) {
    this(in, width, stride, shortcut, 1, PLAIN_WIDTH);
  }

  /**
   * @param groups of the 3x3 convolution
   * @param widthPerGroup channels of a group at a width of 64: the 3x3 convolution has {@code
   *     floor(width widthPerGroup / 64) groups}
   */
  public Bottleneck(int in, int width, int stride, Layer shortcut, int groups, int widthPerGroup) {
    int inner = width * widthPerGroup / PLAIN_WIDTH * groups;
    int out = width * EXPANSION;
    conv1 = slot("conv1", new Conv2d(in, inner, 1, 1, 0, 1, false));
    bn1 = slot("bn1", new BatchNorm2d(inner));
    conv2 = slot("conv2", new Conv2d(inner, inner, 3, stride, 1, groups, false));
    bn2 = slot("bn2", new BatchNorm2d(inner));
    conv3 = slot("conv3", new Conv2d(inner, out, 1, 1, 0, 1, false));
    bn3 = slot("bn3", new BatchNorm2d(out));
    downsample = shortcut == null ? null : slot("downsample", shortcut);
  }

  /** Makes bottleneck blocks. */
  public static BlockFactory factory(int groups, int widthPerGroup) {
    return new BlockFactory() {
      @Override
      public Layer block(int in, int width, int stride, boolean first, Layer shortcut) {
        return new Bottleneck(in, width, stride, shortcut, groups, widthPerGroup);
      }

      @Override
      public int expansion() {
        return EXPANSION;
      }
    };
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor first = Scope.lean(() -> bn1.call(conv1.call(x)).relu());
    Tensor second = Scope.lean(() -> bn2.call(conv2.call(first)).relu());
    Tensor y = Scope.lean(() -> bn3.call(conv3.call(second)));
    return y.add(downsample == null ? x : downsample.call(x)).relu();
  }
}
