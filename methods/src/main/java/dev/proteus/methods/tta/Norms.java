package dev.proteus.methods.tta;

import dev.proteus.core.nn.BatchNorm;
import dev.proteus.core.nn.GroupNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.surgery.Surgery;
import java.util.LinkedHashMap;
import java.util.Map;

/** The normalisation layers of a network, which most test-time adaptation is about. */
final class Norms {
  private Norms() {}

  /** Slots with a batch, layer or group norm. */
  static Map<String, Slot<?>> of(Layer net) {
    return Select.where(
        net,
        (path, layer) ->
            layer instanceof BatchNorm || layer instanceof LayerNorm || layer instanceof GroupNorm);
  }

  /** Weights and biases of the layers in some slots, by path. */
  static Map<String, Parameter> affine(Map<String, Slot<?>> norms) {
    Map<String, Parameter> affine = new LinkedHashMap<>();
    norms.forEach(
        (path, slot) ->
            slot.get().ownParameters().forEach((name, p) -> affine.put(path + "." + name, p)));
    return affine;
  }

  /** Lets every batch norm, if there are any, use the statistics of the batch at hand. */
  static Edit byBatch(Layer net) {
    Map<String, Slot<?>> norms = new LinkedHashMap<>(net.slots());
    norms.values().removeIf(s -> !(s.get() instanceof BatchNorm));
    return Surgery.replace(net, norms, bn -> new MixedBatchNorm((BatchNorm) bn, 0));
  }
}
