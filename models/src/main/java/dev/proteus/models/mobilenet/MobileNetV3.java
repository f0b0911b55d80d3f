package dev.proteus.models.mobilenet;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV3 under timm's names ({@code conv_stem}, {@code blocks.0.0.conv_dw}, …, {@code
 * conv_head}, {@code classifier}).
 *
 * <pre>  x: [N, C, H, W], y: [N, classes]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1905.02244">Searching for MobileNetV3</a>
 */
public final class MobileNetV3 extends Layer {
  private static final long serialVersionUID = 1L;

  private static final double HEAD_STD = 0.01;

  private final Slot<Layer> stem;
  private final Slot<Layer> stemNorm;
  private final List<Slot<Layer>> blocks = new ArrayList<>();
  private final Slot<Layer> last;
  private final Slot<Layer> lastNorm;
  private final Slot<Layer> head;
  private final Slot<Layer> classifier;
  private final double dropout;

  public MobileNetV3(MobileNetV3Config c) {
    stem = slot("conv_stem", new Conv2d(c.channels(), c.stem(), 3, 2, 1, 1, false));
    stemNorm = slot("bn1", InvertedResidual.norm(c, c.stem()));
    int out = c.stem();
    for (int s = 0; s < c.stages().size(); s++) {
      List<Layer> stage = new ArrayList<>();
      for (MobileNetV3Config.Block b : c.stages().get(s)) {
        stage.add(new InvertedResidual(c, b));
        out = b.out();
      }
      blocks.addAll(slots("blocks." + s, stage));
    }
    String end = "blocks." + c.stages().size() + ".0.";
    last = slot(end + "conv", new Conv2d(out, c.last(), 1, 1, 0, 1, false));
    lastNorm = slot(end + "bn1", InvertedResidual.norm(c, c.last()));
    head = slot("conv_head", new Conv2d(c.last(), c.features(), 1));
    classifier =
        c.classes() == 0 ? null : slot("classifier", new Linear(c.features(), c.classes()));
    dropout = c.dropout();
    initialise();
  }

  private void initialise() {
    for (Layer l : layers()) {
      if (l instanceof Conv2d conv) {
        Init.kaimingNormal_(conv.weight().value(), Init.RELU, Init.Fan.OUT);
        if (conv.bias() != null) {
          Init.zeros_(conv.bias().value());
        }
      } else if (l instanceof Linear linear) {
        Init.normal_(linear.weight().value(), 0, HEAD_STD);
        Init.zeros_(linear.bias().value());
      }
    }
  }

  /** What the classifier sees: [N, features]. */
  public Tensor features(Tensor x) {
    Tensor y = Scope.lean(() -> F.hardswish(stemNorm.call(stem.call(x))));
    for (Slot<Layer> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in));
    }
    Tensor pooled = F.hardswish(lastNorm.call(last.call(y))).mean(new int[] {2, 3}, true);
    return F.hardswish(head.call(pooled)).flatten(1, 3);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = F.dropout(features(x), isTraining() ? dropout : 0, Generator.current());
    return classifier == null ? y : classifier.call(y);
  }
}
