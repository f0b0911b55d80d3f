package dev.proteus.models.resnet;

import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * Two 3x3 convolutions around a shortcut.
 *
 * <pre>  y = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))  </pre>
 */
public final class BasicBlock extends Layer {
  private static final long serialVersionUID = 1L;

  /** Makes basic blocks. */
  public static final BlockFactory FACTORY =
      new BlockFactory() {
        @Override
        public Layer block(int in, int width, int stride, boolean first, Layer shortcut) {
          return new BasicBlock(in, width, stride, shortcut);
        }

        @Override
        public int expansion() {
          return 1;
        }
      };

  private final Slot<Layer> conv1;
  private final Slot<Layer> bn1;
  private final Slot<Layer> conv2;
  private final Slot<Layer> bn2;
  private final Slot<Layer> downsample;

  public BasicBlock(int in, int width, int stride, Layer shortcut) {
    conv1 = slot("conv1", new Conv2d(in, width, 3, stride, 1, 1, false));
    bn1 = slot("bn1", new BatchNorm2d(width));
    conv2 = slot("conv2", new Conv2d(width, width, 3, 1, 1, 1, false));
    bn2 = slot("bn2", new BatchNorm2d(width));
    downsample = shortcut == null ? null : slot("downsample", shortcut);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor first = Scope.lean(() -> bn1.call(conv1.call(x)).relu());
    Tensor y = Scope.lean(() -> bn2.call(conv2.call(first)));
    return y.add(downsample == null ? x : downsample.call(x)).relu();
  }
}
