package dev.proteus.methods.tta;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.tensor.Tensor;

/** What goes into the classifier, the last linear layer of a network. */
final class Features implements AutoCloseable {
  private final Linear head;
  private final Slot.Observation observation;
  private Tensor last;

  Features(Layer net) {
    Slot<?> slot = null;
    for (Slot<?> s : Select.type(net, Linear.class).values()) {
      slot = s;
    }
    head = (Linear) slot.get();
    observation = slot.observe((in, out) -> last = in);
  }

  Linear head() {
    return head;
  }

  /** [N, D], of the latest forward pass; only within its scope. */
  Tensor last() {
    return last;
  }

  @Override
  public void close() {
    observation.close();
  }
}
