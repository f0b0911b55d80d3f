package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Entropy;
import dev.proteus.core.train.OnlineSession;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * SAR: sharpness-aware minimisation of the entropy of reliable samples, with a reset when it
 * collapses.
 *
 * <pre>
 *   used    = H(p) &lt; margin log K                        g = gradient of the mean H of those used
 *   theta'  = theta + rho g / |g|
 *   step    with the gradient at theta' of the mean H' of those used whose H' &lt; margin log K
 *   e      &lt;- 0.9 e + 0.1 mean H'                        reset to the source when e &lt; floor
 * </pre>
 *
 * <p>Trained are the weights and biases of the normalisation layers but for the last {@code spared}
 * share of them: the authors spare the last stage of ResNets and the last three of twelve blocks of
 * ViTs, about a quarter. Batch norms use the statistics of the batch. The predictions returned are
 * those before the step.
 *
 * @param lr learning rate of SGD with momentum 0.9
 * @param margin of the entropy, as a share of the greatest
 * @param rho how far sharpness is looked for
 * @param floor of the moving average of the entropy; 0 for no resets
 * @param spared share of the normalisation layers, at the end, that is left alone
 * @see <a href="https://arxiv.org/abs/2302.12400">Towards Stable Test-Time Adaptation in Dynamic
 *     Wild World</a>
 */
@Paper(id = "sar")
public record Sar(double lr, double margin, double rho, double floor, double spared)
    implements OnlineAdapter {
  private static final double MOMENTUM = 0.9;
  private static final double MEMORY = 0.9;
  private static final String AVERAGE = "average";

  public Sar() {
    this(1e-3, 0.4, 0.05, 0.2, 0.25);
  }

  public Sar {
    Require.positive("lr", lr);
    Require.between("margin", margin, 0, 1);
    Require.positive("rho", rho);
    Require.notNegative("floor", floor);
    Require.decay("spared", spared);
  }

  @Override
  public Session attach(Layer net) {
    Map<String, Slot<?>> norms = new LinkedHashMap<>();
    Map<String, Slot<?>> all = Norms.of(net);
    long kept = Math.max(1, Math.round(all.size() * (1 - spared)));
    all.entrySet().stream().limit(kept).forEach(e -> norms.put(e.getKey(), e.getValue()));
    return new Adapting(net, Norms.affine(norms));
  }

  private final class Adapting extends OnlineSession {
    private final Map<String, Parameter> affine;
    private final Stepper stepper;

    Adapting(Layer net, Map<String, Parameter> affine) {
      super(net, Norms.byBatch(net), affine);
      this.affine = affine;
      stepper = adapt(new Sgd(lr, MOMENTUM));
    }

    @Override
    protected Tensor step(Tensor x) {
      stepper.zeroGrad();
      Tensor logits = net().forward(x);
      double limit = margin * Math.log((double) logits.size(1));
      Tensor entropy = Entropy.each(logits);
      Tensor reliable = entropy.detach().lt(limit);
      if (!reliable.any().itemBool()) {
        return logits;
      }
      mean(entropy, reliable).backward();
      Map<Parameter, Tensor> before = climb();
      stepper.zeroGrad();
      Tensor there = Entropy.each(net().forward(x));
      Tensor used = reliable.logicalAnd(there.detach().lt(limit));
      double level = mean(there.detach(), reliable).item();
      boolean any = used.any().itemBool();
      if (any) {
        mean(there, used).backward();
      }
      before.forEach(Parameter::assign);
      if (any) {
        stepper.step();
      }
      watch(level);
      return logits;
    }

    private static Tensor mean(Tensor each, Tensor mask) {
      return each.maskedSelect(mask).mean();
    }

    /** Moves to where the entropy is sharpest; gives the values from before. */
    private Map<Parameter, Tensor> climb() {
      Map<Parameter, Tensor> before = new LinkedHashMap<>();
      try (Autograd.Mode off = Autograd.noGrad()) {
        Tensor square = Tensor.scalar(0);
        for (Parameter p : affine.values()) {
          square = square.add(p.grad().square().sum());
        }
        Tensor scale = square.sqrt().add(1e-12).reciprocal().mul(rho);
        for (Parameter p : affine.values()) {
          before.put(p, p.value().detach().copy());
          p.value().add_(p.grad().mul(scale));
        }
      }
      return before;
    }

    private void watch(double level) {
      Tensor last = recall(AVERAGE);
      double now = last == null ? level : MEMORY * last.item() + (1 - MEMORY) * level;
      if (now < floor) {
        reset();
      }
      remember(AVERAGE, Tensor.vector(now)); // survives the reset, as in the authors' code
    }
  }
}
