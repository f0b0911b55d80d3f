package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.method.UnsupervisedObjective;
import dev.proteus.core.nn.BatchNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.OnlineSession;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * alpha-BN with the Core loss: normalises each test batch by a mixture of the source's and its own
 * statistics, and, with {@code core}, trains the affine parameters of the batch norms on the class
 * correlation of the predictions.
 *
 * <p>One {@code alpha} for all layers: the share of the source (see {@link MixedBatchNorm} for the
 * formula). The paper tunes it per task; near 0.9 suits batches of up to 16, 0.5 those from 64 on.
 * With {@code core} other than {@code NONE} each batch makes one Adam step at rate {@code lr} on
 * every weight and bias of the batch norms, and is then predicted by the updated network; the
 * updates stay for the next batch.
 *
 * @param alpha share of the source statistics, in [0, 1]
 * @param core how the class correlation is normalised, or NONE to mix statistics only
 * @param lr learning rate of the affine parameters
 * @see <a href="https://arxiv.org/abs/2110.04065">Test-time Batch Statistics Calibration for
 *     Covariate Shift</a>
 */
@Paper(id = "alpha-bn-core")
public record AlphaBnCore(double alpha, CoreLoss core, double lr) implements OnlineAdapter {

  public AlphaBnCore() {
    this(0.5, CoreLoss.PLAIN, 1e-3);
  }

  public AlphaBnCore {
    Require.between("alpha", alpha, 0, 1);
    Require.positive("lr", lr);
  }

  /**
   * Class correlation of predictions P = softmax(logits), R = P^T P [K, K]: how much the classes
   * mix. {@code PLAIN}: the sum of R's off-diagonal over the batch size, which is mean(1 -
   * |p_i|^2); {@code ROW_NORM}: the same of R with rows that sum to 1, over K.
   */
  public enum CoreLoss implements UnsupervisedObjective {
    NONE,
    PLAIN,
    ROW_NORM;

    @Override
    public Tensor loss(Tensor logits) {
      Tensor p = logits.softmax(1);
      return switch (this) {
        case NONE -> throw new IllegalStateException("core=none has no loss");
        case PLAIN -> p.square().sum(1).rsub(1).mean();
        case ROW_NORM -> {
          Tensor r = p.t().matmul(p);
          Tensor normed = r.div(r.sum(1, true));
          yield normed.sum().sub(normed.diagonal().sum()).div((double) r.size(0));
        }
      };
    }
  }

  @Override
  public Session attach(Layer net) {
    Map<String, Parameter> affine = new LinkedHashMap<>();
    if (core != CoreLoss.NONE) {
      Select.type(net, BatchNorm.class)
          .forEach(
              (path, slot) ->
                  slot.get().ownParameters().forEach((n, p) -> affine.put(path + "." + n, p)));
    }
    Edit edit =
        Surgery.replace(
            net,
            Select.type(net, BatchNorm.class),
            bn -> new MixedBatchNorm((BatchNorm) bn, alpha));
    return new Adapting(net, edit, affine);
  }

  private final class Adapting extends OnlineSession {
    private final Stepper stepper;

    Adapting(Layer net, Edit edit, Map<String, Parameter> affine) {
      super(net, edit, affine);
      stepper = affine.isEmpty() ? null : adapt(new Adam(lr));
    }

    @Override
    protected Tensor step(Tensor x) {
      if (stepper != null) {
        stepper.zeroGrad();
        core.loss(net().forward(x)).backward();
        stepper.step();
      }
      return Autograd.noGrad(() -> net().forward(x));
    }
  }
}
