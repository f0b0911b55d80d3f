package dev.proteus.models.vit;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A distilled vision transformer: one linear layer on the class token, one on the distillation
 * token, and the mean of their logits.
 *
 * <pre>  x: [N, C, H, W], y: [N, classes]  </pre>
 */
public final class DeiTForImageClassificationWithTeacher extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> deit;
  private final Slot<Layer> clsClassifier;
  private final Slot<Layer> distillationClassifier;

  public DeiTForImageClassificationWithTeacher(ViTConfig c, int classes) {
    deit = slot("deit", new ViTModel(c, true, false));
    clsClassifier = slot("cls_classifier", head(c, classes));
    distillationClassifier = slot("distillation_classifier", head(c, classes));
  }

  private static Linear head(ViTConfig c, int classes) {
    Linear head = new Linear(c.hiddenSize(), classes);
    ViTModel.initialise(head, c.initializerRange());
    return head;
  }

  @Override
  public Tensor forward(Tensor x) {
    Logits y = logits(x);
    return y.cls().add(y.distillation()).div(2);
  }

  /** The logits of both heads, [N, classes] each: distillation trains them apart. */
  public record Logits(Tensor cls, Tensor distillation) {}

  /** What the two heads say, each. */
  public Logits logits(Tensor x) {
    Tensor hidden = deit.call(x);
    return new Logits(
        clsClassifier.call(hidden.select(1, 0)), distillationClassifier.call(hidden.select(1, 1)));
  }
}
