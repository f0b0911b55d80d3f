package dev.proteus.methods.local;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Successive layers with a read-out and an optimizer of their own. */
@Paper(id = "mono-forward")
final class LocalBlock {
  private static final String READOUT = "readout.";

  private final List<Slot<Layer>> layers;
  private final Optimizer optimizer;
  private final long classes;

  // How many features the layers give is known once they have run.
  private Linear readout;
  private Stepper stepper;

  /**
   * @param readout of the network; null for one of the block's own
   */
  LocalBlock(List<Slot<Layer>> layers, Optimizer optimizer, long classes, Linear readout) {
    this.layers = layers;
    this.optimizer = optimizer;
    this.classes = classes;
    if (readout != null) {
      readout(readout);
    }
  }

  private void readout(Linear layer) {
    readout = layer;
    Map<String, Parameter> trained = new LinkedHashMap<>();
    for (Slot<Layer> slot : layers) {
      slot.get().trainable().forEach((path, p) -> trained.put(slot.name() + "." + path, p));
    }
    layer.trainable().forEach((path, p) -> trained.put(READOUT + path, p));
    stepper = optimizer.on(trained);
  }

  Tensor forward(Tensor x) {
    Tensor a = x;
    for (Slot<Layer> layer : layers) {
      a = layer.call(a);
    }
    return a;
  }

  /** a M^T of the flattened activations, [N, K]. */
  Tensor goodness(Tensor a) {
    Tensor flat = a.flatten(1, -1);
    if (readout == null) {
      Linear made = new Linear(flat.size(1), classes, false);
      made.to(flat.dtype()).to(flat.device());
      readout(made);
    }
    return readout.forward(flat);
  }

  /** Leaves the gradients of the local loss, if that is finite, and returns it. */
  double backward(Tensor a, Tensor target) {
    Tensor loss = F.crossEntropy(goodness(a), target);
    double value = loss.item();
    stepper.zeroGrad();
    if (Double.isFinite(value)) {
      loss.backward();
    }
    return value;
  }

  void step(double progress) {
    stepper.step(progress);
  }

  Map<String, Tensor> snapshot() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    if (stepper != null) {
      all.putAll(stepper.snapshot());
      all.put(READOUT + "weight", readout.weight().value().detach().copy().retain());
    }
    return all;
  }

  /** An empty snapshot is one from before the first batch: the read-out is drawn then. */
  void restore(Map<String, Tensor> snapshot) {
    Map<String, Tensor> moments = new LinkedHashMap<>(snapshot);
    Tensor weight = moments.remove(READOUT + "weight");
    if (weight == null) {
      return;
    }
    if (readout == null) {
      readout(new Linear(new Parameter(weight.copy()), null));
    } else {
      readout.weight().assign(weight);
    }
    stepper.restore(moments);
  }
}
