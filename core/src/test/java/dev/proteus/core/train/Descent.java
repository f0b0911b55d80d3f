package dev.proteus.core.train;

import dev.proteus.core.data.Batch;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/** Cross-entropy and AdamW. */
record Descent(double lr) implements LearningRule {
  @Override
  public Learner start(Layer net) {
    Stepper stepper = new AdamW(lr, 0.01).on(net);
    return new Learner() {
      @Override
      public double learn(Batch batch, double progress) {
        stepper.zeroGrad();
        Tensor loss = F.crossEntropy(net.forward(batch.input()), batch.target());
        double value = loss.item();
        if (Double.isFinite(value)) {
          loss.backward();
          stepper.factor(1 - progress);
          stepper.step();
        }
        return value;
      }

      @Override
      public Tensor predict(Tensor x) {
        return net.forward(x);
      }

      @Override
      public Map<String, Tensor> snapshot() {
        return stepper.snapshot();
      }

      @Override
      public void restore(Map<String, Tensor> snapshot) {
        stepper.restore(snapshot);
      }
    };
  }
}
