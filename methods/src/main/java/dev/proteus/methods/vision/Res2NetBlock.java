package dev.proteus.methods.vision;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.AvgPool2d;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.resnet.BlockFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * The block of Res2Net: a bottleneck whose 3x3 convolution is split into {@code scale} groups, each
 * of which also sees what the one before found, so that one block has many receptive fields.
 *
 * <pre>
 *   x_1, .., x_s = split(relu(bn1(conv1(x))))      conv1: 1x1, in to s w channels
 *   y_1 = K_1(x_1)                                  K_i = relu(bns.i(convs.i(.))), 3x3, w to w
 *   y_i = K_i(x_i + y_(i-1))                        i = 2 .. s - 1
 *   y_s = x_s
 *   y   = relu(bn3(conv3(cat(y_1, .., y_s))) + shortcut(x))      conv3: 1x1, s w to 4 width
 * </pre>
 *
 * <p>The first block of a stage, whose K_i may have a stride, has no hierarchy: y_i = K_i(x_i), and
 * y_s is a 3x3 average of x_s with that stride, padding counted. With a scale of 1 the block is a
 * plain bottleneck with 3x3 convolutions of w channels. The paper passes the first split through
 * and not the last; this is the order of the authors' code. Slots have the names of that code and
 * timm.
 *
 * @see <a href="https://arxiv.org/abs/1904.01169">Res2Net: A New Multi-scale Backbone
 *     Architecture</a>
 */
@Paper(id = "res2net")
public final class Res2NetBlock extends Layer {
  private static final long serialVersionUID = 1L;

  private static final int EXPANSION = 4;

  private final int splitWidth;
  private final boolean first;
  private final Slot<Layer> conv1;
  private final Slot<Layer> bn1;
  private final List<Slot<Layer>> convs;
  private final List<Slot<Layer>> bns;
  private final Layer pool;
  private final Slot<Layer> conv3;
  private final Slot<Layer> bn3;
  private final Slot<Layer> downsample;

  /**
   * @param scale s
   * @param baseWidth w at a width of 64: w = floor(width baseWidth / 64) cardinality
   * @param cardinality groups of the 3x3 convolutions
   */
  public Res2NetBlock(
      int in,
      int width,
      int stride,
      boolean first,
      Layer shortcut,
      int scale,
      int baseWidth,
      int cardinality) {
    Require.positive("scale", scale);
    Require.positive("cardinality", cardinality);
    int w = width * baseWidth / 64 * cardinality;
    Require.positive("the width of a split, width baseWidth / 64,", w);
    if (stride > 1 && !first) {
      throw new IllegalArgumentException(
          "only the first block of a stage can have a stride, but got " + stride);
    }
    this.splitWidth = w;
    this.first = first;
    int out = width * EXPANSION;
    List<Layer> k = new ArrayList<>();
    List<Layer> norms = new ArrayList<>();
    for (int i = 0; i < Math.max(1, scale - 1); i++) {
      k.add(new Conv2d(w, w, 3, stride, 1, cardinality, false));
      norms.add(new BatchNorm2d(w));
    }
    conv1 = slot("conv1", new Conv2d(in, (long) w * scale, 1, 1, 0, 1, false));
    bn1 = slot("bn1", new BatchNorm2d((long) w * scale));
    convs = slots("convs", k);
    bns = slots("bns", norms);
    pool = first ? new AvgPool2d(3, stride, 1) : null;
    conv3 = slot("conv3", new Conv2d((long) w * scale, out, 1, 1, 0, 1, false));
    bn3 = slot("bn3", new BatchNorm2d(out));
    downsample = shortcut == null ? null : slot("downsample", shortcut);
  }

  /** Makes the blocks of a network; 4 and 26 are those of Res2Net-50 (26w4s). */
  public static BlockFactory factory(int scale, int baseWidth, int cardinality) {
    return new BlockFactory() {
      @Override
      public Layer block(int in, int width, int stride, boolean firstOfStage, Layer shortcut) {
        return new Res2NetBlock(
            in, width, stride, firstOfStage, shortcut, scale, baseWidth, cardinality);
      }

      @Override
      public int expansion() {
        return EXPANSION;
      }
    };
  }

  @Override
  public Tensor forward(Tensor x) {
    List<Tensor> splits = bn1.call(conv1.call(x)).relu().split(splitWidth, 1);
    List<Tensor> ys = new ArrayList<>();
    for (int i = 0; i < convs.size(); i++) {
      Tensor xi = splits.get(i);
      Tensor input = i == 0 || first ? xi : xi.add(ys.get(i - 1));
      ys.add(bns.get(i).call(convs.get(i).call(input)).relu());
    }
    if (splits.size() > 1) {
      Tensor last = splits.get(splits.size() - 1);
      ys.add(first ? pool.forward(last) : last);
    }
    Tensor y = bn3.call(conv3.call(Tensor.cat(1, ys)));
    return y.add(downsample == null ? x : downsample.call(x)).relu();
  }
}
