package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.OnlineSession;
import java.util.Map;

/**
 * LAME: corrects the predictions of a batch so that near features get near predictions; the network
 * does not change.
 *
 * <pre>
 *   Z &lt;- softmax(log p + W Z),  Z = p at first      until the bound of the objective settles
 *   W_ij = 1 if feature j is one of the `neighbours` nearest of i, else 0
 * </pre>
 *
 * <p>Features are the inputs of the last linear layer, of length 1. The result is log Z.
 *
 * @param neighbours of a sample
 * @see <a href="https://arxiv.org/abs/2201.05718">Parameter-free Online Test-time Adaptation</a>
 */
@Paper(id = "lame")
public record Lame(int neighbours) implements OnlineAdapter {
  private static final int MOST_STEPS = 100;
  private static final double SETTLED = 1e-8;
  private static final double LEAST = 1e-10;

  public Lame() {
    this(5);
  }

  public Lame {
    Require.positive("neighbours", neighbours);
  }

  @Override
  public Session attach(Layer net) {
    return new Correcting(net);
  }

  /** Z for log p [N, K] and W [N, N]. */
  static Tensor corrected(Tensor logP, Tensor w) {
    Tensor z = logP.softmax(1);
    double before = Double.POSITIVE_INFINITY;
    for (int i = 0; i < MOST_STEPS; i++) {
      Tensor near = w.matmul(z);
      z = logP.add(near).softmax(1);
      Tensor bound = z.clampMin(1e-20).log().sub(logP).sub(near).mul(z).sum();
      double energy = bound.item();
      if (i > 1 && Math.abs(energy - before) <= SETTLED * Math.abs(before)) {
        break;
      }
      before = energy;
    }
    return z;
  }

  /** W of features [N, D]. */
  Tensor nearest(Tensor features) {
    Tensor unit = features.div(features.norm(2, new int[] {1}, true).clampMin(1e-12));
    int n = (int) features.size(0);
    Tensor alike = unit.matmul(unit.t());
    Tensor w = alike.zerosLike();
    int k = Math.min(neighbours, n - 1);
    if (k == 0) {
      return w;
    }
    // Nobody is a neighbour of itself.
    Tensor others = alike.sub(Tensor.eye(n).toLike(alike).mul(4));
    return w.scatter(1, others.topk(k, 1, true).indices(), 1);
  }

  private final class Correcting extends OnlineSession {
    private final Features features;

    Correcting(Layer net) {
      super(net, Edit.none(), Map.of());
      features = new Features(net);
    }

    @Override
    protected Tensor step(Tensor x) {
      return Autograd.noGrad(
          () -> {
            Tensor p = net().forward(x).softmax(1);
            Tensor w = nearest(features.last());
            return corrected(p.add(LEAST).log(), w).clampMin(1e-30).log();
          });
    }

    @Override
    public void close() {
      features.close();
      super.close();
    }
  }
}
