package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Entropy;
import dev.proteus.core.train.OnlineSession;
import java.util.Map;

/**
 * T3A: replaces the classifier by the mean direction of the features that were given to each class
 * so far, those of least entropy. No gradients.
 *
 * <pre>
 *   support: (w_k / |w_k|, k) for each row of the classifier at first; then (z / |z|, argmax) of
 *            every sample, of which the `keep` of least entropy are kept for each class
 *   logits_k = z . c_k,    c_k = direction of the sum of class k's support
 * </pre>
 *
 * <p>z is the input of the last linear layer. Class and entropy of a sample are those that the
 * original classifier gives it.
 *
 * @param keep supporting features of a class; 0 for all, which grows with the stream
 * @see <a href="https://openreview.net/forum?id=e_yvNqkJKAW">Test-Time Classifier Adjustment Module
 *     for Model-Agnostic Domain Generalization</a>
 */
@Paper(id = "t3a")
public record T3a(int keep) implements OnlineAdapter {
  private static final String FEATURES = "features";
  private static final String CLASSES = "classes";
  private static final String ENTROPIES = "entropies";

  public T3a() {
    this(100);
  }

  public T3a {
    Require.notNegative("keep", keep);
  }

  @Override
  public Session attach(Layer net) {
    return new Adapting(net);
  }

  private final class Adapting extends OnlineSession {
    private final Features features;

    Adapting(Layer net) {
      super(net, Edit.none(), Map.of());
      features = new Features(net);
    }

    @Override
    protected Tensor step(Tensor x) {
      return Autograd.noGrad(() -> adjusted(x));
    }

    private Tensor adjusted(Tensor x) {
      Tensor logits = net().forward(x);
      Tensor z = features.last();
      if (recall(FEATURES) == null) {
        Linear head = features.head();
        Tensor w = head.weight().value();
        Tensor own = F.linear(w, w, head.bias() == null ? null : head.bias().value());
        keepBest(direction(w), own.argmax(1), Entropy.each(own), logits.size(1));
      }
      keepBest(
          Tensor.cat(0, recall(FEATURES), direction(z)),
          Tensor.cat(0, recall(CLASSES), logits.argmax(1)),
          Tensor.cat(0, recall(ENTROPIES), Entropy.each(logits)),
          logits.size(1));
      Tensor labels = recall(CLASSES).oneHot(logits.size(1)).to(z.dtype());
      return z.matmul(direction(labels.t().matmul(recall(FEATURES))).t());
    }

    private void keepBest(Tensor features, Tensor classes, Tensor entropies, long k) {
      Tensor kept = classes.ge(0);
      if (keep > 0) {
        // Rank of each sample by entropy among those of its class.
        Tensor order = entropies.argsort(0, false);
        Tensor sorted = classes.indexSelect(0, order).oneHot(k);
        Tensor rank = sorted.cumsum(0).mul(sorted).sum(1);
        kept = kept.zerosLike().indexCopy_(0, order, rank.le(keep));
      }
      Tensor rows = kept.nonzero().flatten();
      remember(FEATURES, features.indexSelect(0, rows));
      remember(CLASSES, classes.indexSelect(0, rows));
      remember(ENTROPIES, entropies.indexSelect(0, rows));
    }

    private static Tensor direction(Tensor rows) {
      return rows.div(rows.norm(2, new int[] {1}, true).clampMin(1e-12));
    }

    @Override
    public void close() {
      features.close();
      super.close();
    }
  }
}
