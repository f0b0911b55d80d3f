package dev.proteus.methods.domain;

import dev.proteus.core.data.Batch;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.GradientReversal;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.LearningRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Domain-adversarial training of any network: a domain classifier on the representation at a slot,
 * behind a gradient reversal, so that what is below the slot learns to hide the domain.
 *
 * <pre>
 *   C = mean_source CE(net(x), y) + mean_all BCE(D(R(f(x))), d)      d: 0 source, 1 target
 *   f: output of the slot, flattened; R: identity whose gradient is times -lambda_p
 *   lambda_p = lambda (2 / (1 + exp(-10 p)) - 1)                     p: progress from 0 to 1
 *   rate_p   = lr / (1 + 10 p)^0.75                                  (Annealed)
 * </pre>
 *
 * <p>So the representation descends on CE - lambda_p BCE, the domain classifier on BCE (lambda_p
 * does not scale it), the label classifier on CE. Batches are those of {@link TwoDomains}: samples
 * without a label are the target's. Both domains pass together, and batch norms see them as one. D
 * is the learner's own and is not needed to predict. The paper's shallow network and its update for
 * one example are {@link ShallowDann}.
 *
 * @param slot path of the slot whose output is the representation; the last layer must be above it
 * @param domainHidden widths of the hidden ReLU layers of D
 * @param lambda that lambda_p rises to; 0 trains on the source alone
 * @param optimizer of the network, and of D
 * @param schedule of the learning rate
 * @see <a href="https://jmlr.org/papers/v17/15-239.html">Domain-Adversarial Training of Neural
 *     Networks</a>
 */
@Paper(id = "dann")
public record Dann(
    String slot, List<Integer> domainHidden, double lambda, Optimizer optimizer, Schedule schedule)
    implements LearningRule {
  private static final double STEEPNESS = 10;

  public Dann {
    domainHidden = List.copyOf(domainHidden);
    domainHidden.forEach(width -> Require.positive("domainHidden", width));
    Require.notNegative("lambda", lambda);
  }

  /** The paper's values for a network whose representation is the slot {@code features}. */
  public Dann() {
    this("features", List.of(100), 1, new Sgd(0.01, 0.9), new Annealed(10, 0.75));
  }

  /** base / (1 + alpha time)^beta, the paper's learning rate. */
  public record Annealed(double alpha, double beta) implements Schedule {
    public Annealed {
      Require.notNegative("alpha", alpha);
      Require.notNegative("beta", beta);
    }

    public Annealed() {
      this(10, 0.75);
    }

    @Override
    public double lr(double base, double time) {
      return base / Math.pow(1 + alpha * time, beta);
    }
  }

  /** lambda_p, from 0 to (nearly) lambda. */
  double lambda(double progress) {
    return lambda * (2 / (1 + Math.exp(-STEEPNESS * progress)) - 1);
  }

  @Override
  public Learner start(Layer net) {
    return new Adversarial(net, net.slot(slot));
  }

  private final class Adversarial implements Learner {
    private static final String NET = "net.";
    private static final String DOMAIN = "domain.";
    private static final String WEIGHTS = "weights.";

    private final Layer net;
    private final Slot<?> cut;
    private final Stepper stepper;

    // Made with the first batch, which says how wide the representation is.
    private Sequential domain;
    private Stepper domainStepper;

    Adversarial(Layer net, Slot<?> cut) {
      this.net = net;
      this.cut = cut;
      this.stepper = optimizer.on(net).schedule(schedule);
    }

    /** The loss C. */
    @Override
    public double learn(Batch batch, double progress) {
      Tensor source = batch.target().ne(TwoDomains.UNLABELLED);
      boolean labelled = source.any().itemBool();
      Tensor[] seen = new Tensor[1];
      Tensor logits;
      try (Slot.Observation o = cut.observe((in, out) -> seen[0] = out)) {
        logits = net.forward(batch.input());
      }
      Tensor features = seen[0].flatten(1, -1);
      if (domain == null) {
        build(features.size(1), features);
      }
      Tensor d =
          GradientReversal.LAMBDA.with(lambda(progress), () -> domain.forward(features)).squeeze(1);
      Tensor loss = F.bceWithLogits(d, source.logicalNot().to(d.dtype()));
      if (labelled) {
        loss = loss.add(F.crossEntropy(logits, batch.target()));
      }
      double value = loss.item();
      if (Double.isFinite(value)) {
        stepper.zeroGrad();
        domainStepper.zeroGrad();
        loss.backward();
        stepper.step(progress);
        domainStepper.step(progress);
      }
      return value;
    }

    private void build(long features, Tensor like) {
      domain = new Sequential(new GradientReversal(lambda));
      long in = features;
      for (int width : domainHidden) {
        domain.add(new Linear(in, width)).add(Activation.relu());
        in = width;
      }
      domain.add(new Linear(in, 1)).to(like.dtype()).to(like.device());
      domainStepper = optimizer.on(domain).schedule(schedule);
    }

    @Override
    public Tensor predict(Tensor x) {
      return net.forward(x);
    }

    @Override
    public Map<String, Tensor> snapshot() {
      Map<String, Tensor> all = new LinkedHashMap<>();
      stepper.snapshot().forEach((name, t) -> all.put(NET + name, t));
      if (domain != null) {
        domainStepper.snapshot().forEach((name, t) -> all.put(DOMAIN + name, t));
        domain.snapshot().forEach((name, t) -> all.put(WEIGHTS + name, t));
      }
      return all;
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      stepper.restore(part(snapshot, NET));
      Map<String, Tensor> weights = part(snapshot, WEIGHTS);
      if (weights.isEmpty()) {
        return; // of before the first batch
      }
      if (domain == null) {
        Tensor first = weights.get("1.weight");
        build(first.size(1), first);
      }
      domain.load(weights);
      domainStepper.restore(part(snapshot, DOMAIN));
    }

    private static Map<String, Tensor> part(Map<String, Tensor> all, String prefix) {
      Map<String, Tensor> part = new LinkedHashMap<>();
      all.forEach(
          (name, t) -> {
            if (name.startsWith(prefix)) {
              part.put(name.substring(prefix.length()), t);
            }
          });
      return part;
    }
  }
}
