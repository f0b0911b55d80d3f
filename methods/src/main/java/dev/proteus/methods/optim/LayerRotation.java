package dev.proteus.methods.optim;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Kernels;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Layer rotation: the cosine distance of each kernel from where it was when the watching began.
 * Read once an epoch it gives the layer rotation curves; the paper finds that networks generalise
 * best where all of them end near 1.
 *
 * <pre>  r = 1 - &lt;w, w0&gt; / (|w| |w0|)      over all values of a kernel; from 0 to 2  </pre>
 *
 * <p>Numbers are by the kernel's path, in float64; a kernel that is all zeros has no direction, and
 * NaN.
 *
 * @see <a href="https://arxiv.org/abs/1806.01603">Layer rotation: a surprisingly powerful indicator
 *     of generalization in deep networks?</a>
 */
@Paper(id = "layer-rotation-layca")
public record LayerRotation() implements Probe {
  @Override
  public Set<Need> needs() {
    return Set.of(Need.EARLIER_WEIGHTS);
  }

  @Override
  public Watch watch(Layer net) {
    Map<String, Parameter> kernels = Kernels.of(net);
    if (kernels.isEmpty()) {
      throw new IllegalArgumentException(net + " has no trainable kernels to watch");
    }
    Map<String, Tensor> start = new LinkedHashMap<>();
    kernels.forEach((path, p) -> start.put(path, p.value().detach().copy().retain()));
    return new Rotations(kernels, start);
  }

  private record Rotations(Map<String, Parameter> kernels, Map<String, Tensor> start)
      implements Watch {
    @Override
    public Map<String, Double> read() {
      Map<String, Double> rotations = new LinkedHashMap<>();
      kernels.forEach((path, p) -> rotations.put(path, distance(p.value(), start.get(path))));
      return rotations;
    }

    private static double distance(Tensor now, Tensor before) {
      try (Scope scope = Scope.open();
          Autograd.Mode off = Autograd.noGrad()) {
        Tensor w = now.to(DType.FLOAT64).flatten();
        Tensor w0 = before.to(DType.FLOAT64).flatten();
        return 1 - w.dot(w0).div(w.norm().mul(w0.norm())).item();
      }
    }

    @Override
    public void close() {
      start.values().forEach(Tensor::close);
      start.clear();
    }
  }
}
