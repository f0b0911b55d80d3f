package dev.proteus.methods.domain;

import dev.proteus.core.data.Batch;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Init;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.function.LongUnaryOperator;

/**
 * The paper's shallow network with a sigmoid layer, and its stochastic update (Algorithm 1) written
 * out, as in the authors' code.
 *
 * <pre>
 *   h = sigm(W x + b)   f = softmax(V h + c)   o = sigm(u h + d), the probability of the source
 *
 *   for each source example (x, y), in order, and a random target example x':
 *     delta  = lambda (1 - o(x))         delta' = -lambda o(x')
 *     gc = f - e_y        gV = gc h^T    gb = (V^T gc) h (1 - h)       gW = gb x^T
 *     r  = delta u h (1 - h)             r' = delta' u h' (1 - h')
 *     W -= lr (gW + r x^T + r' x'^T)     b -= lr (gb + r + r')
 *     V -= lr gV                         c -= lr gc
 *     u += lr (delta h + delta' h')      d += lr (delta + delta')
 * </pre>
 *
 * <p>The domain unit ascends on the log-likelihood of the domain where the representation descends:
 * a saddle point. lambda scales both. With lambda = 0 it is a plain network, whose u and d stay 0.
 * With a validation set of the source, the weights of the pass with the least error are put back at
 * the end (of equal ones the latest), and passes end early after max(30, 1.5 times that pass).
 *
 * <p>All in float64. Shuffle the examples: sorted by class, this form diverges.
 *
 * @param hidden width of h
 * @param lambda weight of the domain's part
 * @param lr learning rate
 * @param passes over the source, at most
 * @see <a href="https://jmlr.org/papers/v17/15-239.html">Domain-Adversarial Training of Neural
 *     Networks</a>
 */
@Paper(id = "dann")
public record ShallowDann(int hidden, double lambda, double lr, int passes) implements Method {
  private static final int PATIENCE = 30;
  private static final double MORE = 1.5;

  public ShallowDann {
    Require.positive("hidden", hidden);
    Require.notNegative("lambda", lambda);
    Require.positive("lr", lr);
    Require.positive("passes", passes);
  }

  /** The authors' defaults. */
  public ShallowDann() {
    this(25, 1, 0.05, 200);
  }

  /** W [H,D], b [H], V [K,H], c [K], u [H], d [1]: float64, changed in place by training. */
  public record Weights(Tensor w, Tensor b, Tensor v, Tensor c, Tensor u, Tensor d) {
    /** Representations [N,H] of samples [N,D]. */
    public Tensor represent(Tensor x) {
      return x.matmul(w.t()).add(b).sigmoid();
    }

    /** Logits [N,K] of samples [N,D]. */
    public Tensor logits(Tensor x) {
      return represent(x).matmul(v.t()).add(c);
    }

    /** Probabilities [N] of samples [N,D] to be of the source. */
    public Tensor source(Tensor x) {
      return represent(x).matmul(u).add(d).sigmoid();
    }

    private Weights copy() {
      return new Weights(w.copy(), b.copy(), v.copy(), c.copy(), u.copy(), d.copy());
    }
  }

  /**
   * A trained network.
   *
   * @param pass whose weights these are, 0 at the first
   * @param validationError share of the validation samples; NaN without
   */
  public record Trained(Weights weights, int pass, double validationError) {}

  /** W and V from U(-a, a), a = sqrt(6 / (in + out)); the rest 0. */
  public Weights init(int features, int classes) {
    return new Weights(
        Init.xavierUniform_(Tensor.empty(DType.FLOAT64, hidden, features), 1).retain(),
        Tensor.zeros(DType.FLOAT64, hidden).retain(),
        Init.xavierUniform_(Tensor.empty(DType.FLOAT64, classes, hidden), 1).retain(),
        Tensor.zeros(DType.FLOAT64, classes).retain(),
        Tensor.zeros(DType.FLOAT64, hidden).retain(),
        Tensor.zeros(DType.FLOAT64, 1).retain());
  }

  /**
   * Trains a new network; weights and target draws come from the current generator.
   *
   * @param source float64 [N,D] and classes [N]
   * @param target float64 [M,D]
   * @param validation of the source; null for none
   */
  public Trained fit(Batch source, Tensor target, Batch validation) {
    int classes = (int) source.target().amax().itemLong() + 1;
    Generator random = Generator.current();
    return fit(
        init((int) source.input().size(1), classes),
        source,
        target,
        validation,
        bound -> random.nextInt((int) bound));
  }

  /**
   * @param draw of a number below its argument
   */
  Trained fit(
      Weights weights, Batch source, Tensor target, Batch validation, LongUnaryOperator draw) {
    double least = Double.POSITIVE_INFINITY;
    int best = passes - 1;
    int until = PATIENCE;
    Weights kept = weights;
    try (Autograd.Mode off = Autograd.noGrad()) {
      for (int pass = 0; pass < passes; pass++) {
        pass(weights, source, target, draw);
        if (validation == null) {
          continue;
        }
        double error = error(weights, validation);
        if (error <= least) {
          least = error;
          best = pass;
          kept = weights.copy();
          until = Math.max(until, (int) (MORE * pass));
        } else if (pass > until) {
          break;
        }
      }
    }
    return new Trained(kept, best, validation == null ? Double.NaN : least);
  }

  private void pass(Weights weights, Batch source, Tensor target, LongUnaryOperator draw) {
    long[] labels = source.target().toLongs();
    for (int i = 0; i < labels.length; i++) {
      try (Scope step = Scope.open()) {
        Tensor other = lambda == 0 ? null : target.get(draw.applyAsLong(target.size(0)));
        update(weights, source.input().get(i), labels[i], other);
      }
    }
  }

  private static double error(Weights weights, Batch data) {
    try (Scope scope = Scope.open()) {
      return weights
          .logits(data.input())
          .argmax(1)
          .ne(data.target())
          .to(DType.FLOAT64)
          .mean()
          .item();
    }
  }

  /** One step on a source example x [D] of class y and a target example [D]. */
  void update(Weights p, Tensor x, long y, Tensor target) {
    Tensor h = p.w.matmul(x).add(p.b).sigmoid();
    Tensor gc = p.v.matmul(h).add(p.c).softmax(0);
    gc.get(y).sub_(1);
    Tensor gv = gc.outer(h);
    Tensor gb = p.v.t().matmul(gc).mul(slope(h));
    Tensor gw = gb.outer(x);
    if (lambda > 0) {
      Tensor h2 = p.w.matmul(target).add(p.b).sigmoid();
      Tensor delta = p.u.dot(h).add(p.d).sigmoid().rsub(1).mul(lambda);
      Tensor delta2 = p.u.dot(h2).add(p.d).sigmoid().mul(-lambda);
      Tensor r = delta.mul(p.u).mul(slope(h));
      Tensor r2 = delta2.mul(p.u).mul(slope(h2));
      gb = gb.add(r).add(r2);
      gw = gw.add(r.outer(x)).add(r2.outer(target));
      p.u.add_(delta.mul(h).add(delta2.mul(h2)), lr);
      p.d.add_(delta.add(delta2), lr);
    }
    p.w.add_(gw, -lr);
    p.b.add_(gb, -lr);
    p.v.add_(gv, -lr);
    p.c.add_(gc, -lr);
  }

  /** h (1 - h), the derivative of the sigmoid. */
  private static Tensor slope(Tensor h) {
    return h.mul(h.rsub(1));
  }
}
