package dev.proteus.core.train;

import dev.proteus.core.data.Batch;
import dev.proteus.core.method.Objective;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Clip;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autocast;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/**
 * Learning by backpropagation: the gradient of a loss at the output, and an optimizer's step.
 *
 * <p>A batch may be cut into micro-batches, to save memory: their gradients add up to that of the
 * whole batch, for an objective that is a mean over samples and a network without statistics over
 * the batch (batch normalisation sees each micro-batch by itself).
 *
 * @param objective the loss; a mean over the samples
 * @param optimizer of all parameters that are trainable at the start
 * @param schedule of the learning rate; its time is the share of the training that is over, so that
 *     a length of 1 is the whole training
 * @param clip largest 2-norm of the gradient, 0 for no limit
 * @param microBatches how many parts of (nearly) equal size a batch is cut into
 * @param bfloat16 computes matrix products and convolutions in bfloat16; parameters, loss and
 *     predictions stay as they are
 */
public record Backprop(
    Objective objective,
    Optimizer optimizer,
    Schedule schedule,
    double clip,
    int microBatches,
    boolean bfloat16)
    implements LearningRule {
  public Backprop {
    Require.notNegative("clip", clip);
    Require.positive("microBatches", microBatches);
  }

  /** Cross entropy, AdamW, and a cosine over the training. */
  public Backprop() {
    this(new CrossEntropy(), new AdamW());
  }

  public Backprop(Objective objective, Optimizer optimizer) {
    this(objective, optimizer, new Schedule.Cosine(), 0, 1, false);
  }

  @Override
  public Learner start(Layer net) {
    return new Descent(net, optimizer.on(net).schedule(schedule));
  }

  private final class Descent implements Learner {
    private final Layer net;
    private final Stepper stepper;

    Descent(Layer net, Stepper stepper) {
      this.net = net;
      this.stepper = stepper;
    }

    /**
     * @throws ArithmeticException naming a parameter, if gradients are to be clipped and their norm
     *     is not finite; nothing is changed then
     */
    @Override
    public double learn(Batch batch, double progress) {
      stepper.zeroGrad();
      long n = batch.size();
      long part = (n + microBatches - 1) / microBatches;
      double loss = 0;
      for (long from = 0; from < n && Double.isFinite(loss); from += part) {
        long size = Math.min(part, n - from);
        loss += backward(batch.input(), batch.target(), from, size, (double) size / n);
      }
      if (Double.isFinite(loss)) {
        if (clip > 0) {
          Clip.norm(stepper.parameters(), clip, 2, true);
        }
        stepper.step(progress);
      }
      return loss;
    }

    /** Adds the gradient of some samples, and gives their part of the loss. */
    private double backward(Tensor x, Tensor y, long from, long size, double share) {
      try (Scope scope = Scope.open()) {
        Tensor prediction = predict(x.narrow(0, from, size));
        Tensor loss = objective.loss(prediction, y.narrow(0, from, size)).mul(share);
        double value = loss.item();
        if (Double.isFinite(value)) {
          loss.backward();
        }
        return value;
      }
    }

    @Override
    public Tensor predict(Tensor x) {
      if (!bfloat16) {
        return net.forward(x);
      }
      try (Autocast narrow = Autocast.bfloat16(x.device())) {
        return net.forward(x).to(DType.FLOAT32);
      }
    }

    @Override
    public Map<String, Tensor> snapshot() {
      return stepper.snapshot();
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      stepper.restore(snapshot);
    }
  }
}
