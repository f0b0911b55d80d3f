package dev.proteus.methods.tta;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Entropy;
import dev.proteus.core.train.OnlineSession;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * EATA: entropy minimisation on the samples that are reliable and new, held near the source where
 * that matters for old data.
 *
 * <pre>
 *   used    = H(p) &lt; margin log K  and  |cos(p, m)| &lt; similarity     m: average of earlier ones
 *   loss    = mean over used of exp(margin log K - H) H
 *             + fisher sum_i F_i (theta_i - theta_i0)^2
 *   m      &lt;- 0.9 m + 0.1 mean p of those used
 * </pre>
 *
 * <p>F is the mean square of the gradient of the cross entropy with the network's own predictions,
 * by batches of 64 source samples without their labels. Trained are the weights and biases of the
 * normalisation layers; batch norms use the statistics of the batch. Without the Fisher term the
 * method is the authors' ETA. The predictions returned are those before the step.
 *
 * @param lr learning rate of SGD with momentum 0.9
 * @param margin of the entropy, as a share of the greatest
 * @param similarity below which a prediction counts as new
 * @param fisher weight of staying near the source; 0 for ETA, which needs no source data
 * @param samples of the source, at most, for F
 * @see <a href="https://arxiv.org/abs/2204.02610">Efficient Test-Time Model Adaptation without
 *     Forgetting</a>
 */
@Paper(id = "eata")
public record Eata(double lr, double margin, double similarity, double fisher, int samples)
    implements OnlineAdapter {
  private static final int FISHER_BATCH = 64;
  private static final double MOMENTUM = 0.9;
  private static final double MEMORY = 0.9;
  private static final String MEAN = "mean";

  public Eata() {
    this(2.5e-4, 0.4, 0.05, 2000, 2000);
  }

  public Eata {
    Require.positive("lr", lr);
    Require.between("margin", margin, 0, 1);
    Require.positive("similarity", similarity);
    Require.notNegative("fisher", fisher);
    Require.positive("samples", samples);
  }

  @Override
  public Session attach(Layer net) {
    if (fisher > 0) {
      throw new IllegalArgumentException(
          "EATA measures on source data which parameters matter; give some, or set fisher=0");
    }
    return new Adapting(net, null);
  }

  @Override
  public Session attach(Layer net, Dataset source) {
    return new Adapting(net, source);
  }

  private final class Adapting extends OnlineSession {
    private final Map<String, Parameter> affine;
    private final Map<String, Tensor> start = new LinkedHashMap<>();
    private final Map<String, Tensor> importance = new LinkedHashMap<>();
    private final Stepper stepper;

    Adapting(Layer net, Dataset source) {
      this(net, Norms.affine(Norms.of(net)), source);
    }

    private Adapting(Layer net, Map<String, Parameter> affine, Dataset source) {
      super(net, Norms.byBatch(net), affine);
      this.affine = affine;
      stepper = adapt(new Sgd(lr, MOMENTUM));
      if (fisher > 0) {
        measure(source);
      }
    }

    private void measure(Dataset source) {
      int n = Math.min(samples, source.size());
      int batches = (n + FISHER_BATCH - 1) / FISHER_BATCH;
      affine.forEach(
          (path, p) -> {
            start.put(path, p.value().detach().copy().retain());
            importance.put(path, p.value().detach().zerosLike().retain());
          });
      for (int from = 0; from < n; from += FISHER_BATCH) {
        try (Scope scope = Scope.open()) {
          Batch b = source.get(LongStream.range(from, Math.min(n, from + FISHER_BATCH)).toArray());
          stepper.zeroGrad();
          Tensor logits = net().forward(b.input());
          F.crossEntropy(logits, logits.detach().argmax(1)).backward();
          affine.forEach(
              (path, p) -> importance.get(path).add_(p.grad().square().div((double) batches)));
        }
      }
      stepper.zeroGrad();
    }

    @Override
    protected Tensor step(Tensor x) {
      stepper.zeroGrad();
      Tensor logits = net().forward(x);
      double limit = margin * Math.log((double) logits.size(1));
      Tensor p = logits.detach().softmax(1);
      Tensor entropy = Entropy.each(logits);
      Tensor used = entropy.detach().lt(limit);
      Tensor mean = recall(MEAN);
      if (mean != null) {
        Tensor cosine = p.matmul(mean).div(p.norm(2, new int[] {1}, false).mul(mean.norm()));
        used = used.logicalAnd(cosine.abs().lt(similarity));
      }
      Tensor weight = used.to(logits.dtype());
      double count = weight.sum().item();
      if (count > 0) {
        Tensor scale = entropy.detach().rsub(limit).exp().mul(weight);
        entropy.mul(scale).sum().div(count).add(anchor()).backward();
        stepper.step();
        Tensor average = weight.matmul(p).div(count);
        remember(MEAN, mean == null ? average : mean.mul(MEMORY).add(average, 1 - MEMORY));
      }
      return logits;
    }

    /** fisher sum F (theta - theta0)^2. */
    private Tensor anchor() {
      Tensor sum = Tensor.scalar(0);
      for (Map.Entry<String, Tensor> f : importance.entrySet()) {
        Parameter p = affine.get(f.getKey());
        Tensor moved = p.value().sub(start.get(f.getKey()));
        sum = sum.add(f.getValue().mul(moved.square()).sum(), fisher);
      }
      return sum;
    }
  }
}
