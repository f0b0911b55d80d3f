package dev.proteus.core.train;

import dev.proteus.core.data.Batch;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Finds where a forward pass first leaves the finite numbers. */
final class Divergence {
  private final Layer net;
  private String layer;

  private Divergence(Layer net) {
    this.net = net;
  }

  /** Runs the batch once more, with every slot observed, and says what it saw first. */
  static String find(Layer net, LearningRule.Learner learner, Batch batch) {
    if (!batch.input().isFinite()) {
      return "the batch's input";
    }
    if (batch.target() != null && !batch.target().isFinite()) {
      return "the batch's target";
    }
    String where = new Divergence(net).run(learner, batch.input());
    // parameters only: the pass itself carries the trouble into running statistics
    return net.parameters().entrySet().stream()
        .filter(e -> !e.getValue().value().isFinite())
        .map(e -> where + "; '" + e.getKey() + "' was not finite before this step")
        .findFirst()
        .orElse(where);
  }

  private String run(LearningRule.Learner learner, Tensor x) {
    List<Slot.Observation> observations = new ArrayList<>();
    Tensor y;
    try (Autograd.Mode off = Autograd.noGrad()) {
      net.slots()
          .forEach((path, slot) -> observations.add(slot.observe((in, out) -> saw(path, in, out))));
      y = learner.predict(x);
    } finally {
      observations.forEach(Slot.Observation::close);
    }
    if (layer != null) {
      return layer;
    }
    return y.isFinite() ? "the loss itself, the prediction is finite" : "the network's output";
  }

  /**
   * Inner layers return before the layers around them, so the first to be seen is the innermost.
   */
  private void saw(String path, Tensor in, Tensor out) {
    if (layer == null && !out.isFinite()) {
      layer = (in.isFinite() ? "the output of '" : "the input of '") + path + "'";
    }
  }
}
