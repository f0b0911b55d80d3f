package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Entropy;
import dev.proteus.core.train.OnlineSession;
import java.util.Map;

/**
 * Tent: after each batch, one step on the mean {@link Entropy} of its predictions, on the weights
 * and biases of the normalisation layers; batch norms use the statistics of the batch.
 *
 * <p>The predictions returned are those before the step, as in the authors' code: one forward pass
 * a batch.
 *
 * @param lr learning rate of Adam
 * @see <a href="https://arxiv.org/abs/2006.10726">Tent: Fully Test-Time Adaptation by Entropy
 *     Minimization</a>
 */
@Paper(id = "tent")
public record Tent(double lr) implements OnlineAdapter {
  public Tent() {
    this(1e-3);
  }

  public Tent {
    Require.positive("lr", lr);
  }

  @Override
  public Session attach(Layer net) {
    return new Adapting(net, Norms.affine(Norms.of(net)));
  }

  private final class Adapting extends OnlineSession {
    private final Stepper stepper;

    Adapting(Layer net, Map<String, Parameter> affine) {
      super(net, Norms.byBatch(net), affine);
      stepper = adapt(new Adam(lr));
    }

    @Override
    protected Tensor step(Tensor x) {
      stepper.zeroGrad();
      Tensor logits = net().forward(x);
      new Entropy().loss(logits).backward();
      stepper.step();
      return logits;
    }
  }
}
