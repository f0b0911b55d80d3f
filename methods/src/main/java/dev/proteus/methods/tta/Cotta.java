package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Entropy;
import dev.proteus.core.train.OnlineSession;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * CoTTA: the network learns from an averaged teacher, whose predictions are averaged over
 * augmentations where the source is unsure, and a few of its weights go back to the source at
 * random.
 *
 * <pre>
 *   q        = teacher's prediction; its mean over `views` augmented batches if the source's mean
 *              confidence is below `confidence`
 *   student  one Adam step on -sum q log p, all parameters
 *   teacher &lt;- decay teacher + (1 - decay) student
 *   theta_i &lt;- theta_i0 with probability `restore`, of each value of weights and biases
 * </pre>
 *
 * <p>Returned is q as the logits before the softmax, which is what is averaged. Batch norms use the
 * statistics of the batch, in source, teacher and student. An augmentation is drawn for a whole
 * batch, from the current generator: contrast and brightness, a flip, a rotation by up to 15
 * degrees, a shift by up to 1/16, a scale of 0.9 to 1.1, and noise; inputs here are normalised, so
 * there is no clipping to pixel values, and no change of hue.
 *
 * @param lr learning rate of Adam
 * @param decay of the teacher
 * @param restore probability of a value to go back
 * @param confidence of the source, below which views are averaged
 * @param views number of augmented batches
 * @see <a href="https://arxiv.org/abs/2203.13591">Continual Test-Time Domain Adaptation</a>
 */
@Paper(id = "cotta")
public record Cotta(double lr, double decay, double restore, double confidence, int views)
    implements OnlineAdapter {
  private static final String TEACHER = "teacher/";

  public Cotta() {
    this(1e-3, 0.999, 0.01, 0.92, 32);
  }

  public Cotta {
    Require.positive("lr", lr);
    Require.decay("decay", decay);
    Require.between("restore", restore, 0, 1);
    Require.between("confidence", confidence, 0, 1);
    Require.positive("views", views);
  }

  @Override
  public Session attach(Layer net) {
    return new Adapting(net);
  }

  private final class Adapting extends OnlineSession {
    private final Stepper stepper;

    Adapting(Layer net) {
      super(net, Norms.byBatch(net), new LinkedHashMap<>(net.parameters()));
      stepper = adapt(new Adam(lr));
    }

    @Override
    protected Tensor step(Tensor x) {
      Map<String, Tensor> teacher = teacher();
      Tensor q = Autograd.noGrad(() -> taught(x, teacher));
      stepper.zeroGrad();
      Entropy.cross(q, net().forward(x)).mean().backward();
      stepper.step();
      Autograd.noGrad(
          () -> {
            net()
                .parameters()
                .forEach(
                    (path, p) -> {
                      remember(TEACHER + path, teacher.get(path).lerp(p.value(), 1 - decay));
                      restore(path, p);
                    });
            return null;
          });
      return q;
    }

    private Map<String, Tensor> teacher() {
      Map<String, Tensor> teacher = new HashMap<>();
      net()
          .parameters()
          .keySet()
          .forEach(
              path -> {
                Tensor t = recall(TEACHER + path);
                teacher.put(path, t == null ? source().get(path) : t);
              });
      return teacher;
    }

    private Map<String, Tensor> start() {
      Map<String, Tensor> start = new HashMap<>();
      net().parameters().keySet().forEach(path -> start.put(path, source().get(path)));
      return start;
    }

    private Tensor taught(Tensor x, Map<String, Tensor> teacher) {
      Tensor sure = net().using(start(), () -> net().forward(x)).softmax(1).amax(1, false).mean();
      if (sure.item() >= confidence) {
        return net().using(teacher, () -> net().forward(x));
      }
      Tensor sum = null;
      for (int i = 0; i < views; i++) {
        try (Scope scope = Scope.open()) {
          Tensor q = net().using(teacher, () -> net().forward(augmented(x)));
          sum = scope.keep(sum == null ? q : sum.add(q));
        }
      }
      return sum.div((double) views);
    }

    private void restore(String path, Parameter p) {
      Tensor back = p.value().zerosLike().bernoulli_(restore, Generator.current());
      p.value().copy_(back.gt(0).where(source().get(path), p.value()));
    }
  }

  /** A view of images [N, C, H, W]. */
  static Tensor augmented(Tensor x) {
    Generator g = Generator.current();
    Tensor y = x.mul(draw(g, 0.6, 1.4));
    Tensor mean = y.mean(new int[] {1, 2, 3}, true);
    y = y.sub(mean).mul(draw(g, 0.7, 1.3)).add(mean);
    if (g.nextDouble() < 0.5) {
      y = y.flip(3);
    }
    double angle = Math.toRadians(draw(g, -15, 15));
    double scale = 1 / draw(g, 0.9, 1.1);
    Tensor to =
        Tensor.of(
            new double[] {
              scale * Math.cos(angle), -scale * Math.sin(angle), draw(g, -0.125, 0.125),
              scale * Math.sin(angle), scale * Math.cos(angle), draw(g, -0.125, 0.125)
            },
            2,
            3);
    Tensor rows = centres(x.size(2)).unsqueeze(1).expand(x.size(2), x.size(3));
    Tensor columns = centres(x.size(3)).unsqueeze(0).expand(x.size(2), x.size(3));
    Tensor points = Tensor.stack(2, columns, rows, rows.onesLike()).to(to.dtype());
    Tensor grid = points.matmul(to.t()).toLike(x).unsqueeze(0);
    Tensor moved = F.gridSampleMirrored(y, grid.expand(x.size(0), x.size(2), x.size(3), 2), false);
    return moved.add(moved.zerosLike().normal_(0, 0.005, g));
  }

  /** Of the pixels, where -1 and 1 are the outer edges. */
  private static Tensor centres(long n) {
    return Tensor.linspace(-1 + 1.0 / n, 1 - 1.0 / n, n);
  }

  private static double draw(Generator g, double from, double to) {
    return from + (to - from) * g.nextDouble();
  }
}
