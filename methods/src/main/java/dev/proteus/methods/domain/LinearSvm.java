package dev.proteus.methods.domain;

import dev.proteus.core.method.Paper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/**
 * A linear support vector machine with the squared hinge loss, solved to the optimum by Newton's
 * method on its support vectors (Chapelle, 2007).
 *
 * <pre>
 *   min_w  |w|^2 / 2 + C sum_n max(0, 1 - t_n w x_n)^2        t: -1 or 1; x ends in 1, the bias
 *   Newton: w' = w - H^-1 g      g: the gradient, H = I + 2 C A^T A, A: the x with t w x &lt; 1
 * </pre>
 *
 * <p>The bias is regularised as well, as in LIBLINEAR.
 */
@Paper(id = "dann")
final class LinearSvm {
  private static final int MOST = 100;
  private static final double HALF = 0.5;
  private static final int HALVINGS = 30;

  private LinearSvm() {}

  /** The weights [D] of float64 x [N,D] and t [N]. */
  static Tensor train(Tensor x, Tensor t, double c) {
    Tensor w = Tensor.zeros(DType.FLOAT64, x.size(1));
    for (int i = 0; i < MOST; i++) {
      Tensor step = newton(x, t, w, c);
      double before = loss(x, t, w, c);
      Tensor next = w.add(step);
      // Full steps converge nearly always; halving makes it sure.
      for (int k = 0; k < HALVINGS && loss(x, t, next, c) > before; k++) {
        step = step.mul(HALF);
        next = w.add(step);
      }
      boolean done = next.equal(w) || loss(x, t, next, c) >= before;
      w = next;
      if (done) {
        break;
      }
    }
    return w;
  }

  static double loss(Tensor x, Tensor t, Tensor w, double c) {
    try (Scope s = Scope.open()) {
      Tensor slack = x.matmul(w).mul(t).rsub(1).relu();
      return w.square().sum().item() / 2 + c * slack.square().sum().item();
    }
  }

  private static Tensor newton(Tensor x, Tensor t, Tensor w, double c) {
    try (Scope s = Scope.open()) {
      Tensor active = x.matmul(w).mul(t).lt(1).to(DType.FLOAT64);
      Tensor a = x.mul(active.unsqueeze(1));
      Tensor gradient = w.sub(a.t().matmul(t.sub(x.matmul(w))).mul(2 * c));
      Tensor eye = Tensor.eye(x.size(1)).to(DType.FLOAT64);
      Tensor hessian = a.t().matmul(a).mul(2 * c).add(eye);
      return s.keep(hessian.choleskySolve(gradient.unsqueeze(1)).squeeze(1).neg());
    }
  }
}
