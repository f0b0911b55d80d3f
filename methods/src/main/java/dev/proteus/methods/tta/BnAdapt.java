package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.BatchNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.OnlineSession;
import java.util.Map;

/**
 * BN adaptation: every batch norm uses the statistics of the batch at hand instead of the source's.
 *
 * <p>The paper's mixture with the source's statistics, weighed as N samples, is {@link AlphaBnCore}
 * without its loss, at alpha = N / (N + n) for batches of n; this is N = 0, which most comparisons
 * call BN adaptation.
 *
 * @see <a href="https://arxiv.org/abs/2006.16971">Improving robustness against common corruptions
 *     by covariate shift adaptation</a>
 */
@Paper(id = "bn-adapt")
public record BnAdapt() implements OnlineAdapter {
  @Override
  public Session attach(Layer net) {
    Select.type(net, BatchNorm.class); // refuses a network without
    return new OnlineSession(net, Norms.byBatch(net), Map.of()) {
      @Override
      protected Tensor step(Tensor x) {
        return Autograd.noGrad(() -> net().forward(x));
      }
    };
  }
}
