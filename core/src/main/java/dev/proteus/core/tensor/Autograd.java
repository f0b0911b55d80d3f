package dev.proteus.core.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Gradients: switching them off, taking them, and giving an operation another backward rule. */
public final class Autograd {
  private Autograd() {}

  /** Restores the gradient mode of this thread when it closes. */
  public static final class Mode implements AutoCloseable {
    private final boolean before;

    private Mode(boolean enabled) {
      Engine.load();
      before = GradMode.is_enabled();
      GradMode.set_enabled(enabled);
    }

    @Override
    public void close() {
      GradMode.set_enabled(before);
    }
  }

  /** Records no gradients in this thread until the result is closed. */
  public static Mode noGrad() {
    return new Mode(false);
  }

  /** Records gradients in this thread until the result is closed, also inside {@link #noGrad()}. */
  public static Mode enableGrad() {
    return new Mode(true);
  }

  /** The value of {@code f}, computed without recording gradients. */
  public static <T> T noGrad(Supplier<T> f) {
    try (Mode off = noGrad()) {
      return f.get();
    }
  }

  public static boolean isEnabled() {
    Engine.load();
    return GradMode.is_enabled();
  }

  /** Gradients of a scalar with respect to each input; the graph is freed. */
  public static List<Tensor> grad(Tensor output, List<Tensor> inputs) {
    return grad(List.of(output), inputs, null, false, false);
  }

  /**
   * Sum over i of (d outputs[i] / d inputs[j])^T gradOutputs[i], for each j.
   *
   * @param gradOutputs one for each output and of its shape, or null for ones (scalars only)
   * @param createGraph keeps the graph, so that the result can be differentiated again
   * @param allowUnused gives null for an input that no output depends on, instead of failing
   */
  public static List<Tensor> grad(
      List<Tensor> outputs,
      List<Tensor> inputs,
      List<Tensor> gradOutputs,
      boolean createGraph,
      boolean allowUnused) {
    TensorVector out = vector(outputs);
    TensorVector in = vector(inputs);
    TensorVector seeds = vector(gradOutputs == null ? List.of() : gradOutputs);
    try {
      TensorVector g =
          torch.grad(out, in, seeds, new BoolOptional(createGraph), createGraph, allowUnused);
      List<Tensor> result = new ArrayList<>(inputs.size());
      for (long i = 0; i < g.size(); i++) {
        org.bytedeco.pytorch.Tensor t = g.get(i);
        result.add(t.defined() ? Tensor.own(t) : null);
      }
      return result;
    } catch (RuntimeException e) {
      throw GradientHook.failure("grad", e, outputs.toArray(Tensor[]::new));
    }
  }

  /** Forward the value of {@code y}, backward the derivative of {@code surrogate} (same shape). */
  public static Tensor surrogate(Tensor y, Tensor surrogate) {
    return y.detach().add(surrogate.sub(surrogate.detach()));
  }

  /** Straight-through: forward {@code y}, and the gradient goes to {@code x} as it comes. */
  public static Tensor straightThrough(Tensor y, Tensor x) {
    return surrogate(y, x);
  }

  /**
   * Gradient reversal: R(x) = x, dR/dx = -lambda I (Ganin and Lempitsky, 2015).
   *
   * @see <a href="https://arxiv.org/abs/1409.7495">Unsupervised Domain Adaptation by
   *     Backpropagation</a>
   */
  public static Tensor reverse(Tensor x, double lambda) {
    return surrogate(x, x.mul(-lambda));
  }

  private static TensorVector vector(List<Tensor> list) {
    TensorVector v = new TensorVector();
    list.forEach(t -> v.push_back(t.h()));
    return v;
  }
}
