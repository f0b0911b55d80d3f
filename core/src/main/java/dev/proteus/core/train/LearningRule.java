package dev.proteus.core.train;

import dev.proteus.core.data.Batch;
import dev.proteus.core.method.Method;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/** Turns a batch into an update of the network's parameters. */
public interface LearningRule extends Method {
  /** Starts on a network. */
  Learner start(Layer net);

  /** A rule at work on its network. */
  interface Learner {
    /**
     * Learns from one batch. Called in a scope; the network is in training mode.
     *
     * @param progress share of the training that is over, from 0 to 1, for schedules
     * @return the loss before the update. If it is not finite there is no update, so that where it
     *     came from can still be found.
     */
    double learn(Batch batch, double progress);

    /** What the trained network predicts: logits [N, K]. Called without gradient recording. */
    Tensor predict(Tensor x);

    /** Copies of all state outside the network (moments, projections, counters). */
    Map<String, Tensor> snapshot();

    void restore(Map<String, Tensor> snapshot);
  }
}
