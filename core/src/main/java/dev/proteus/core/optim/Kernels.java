package dev.proteus.core.optim;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Parameter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Parameters by their role, for optimizers that treat weights in another way than biases and the
 * scales and shifts of norms.
 */
public final class Kernels {
  private Kernels() {}

  /**
   * The trainable weights that map features to features: of two or more dimensions, and not of a
   * layer norm. By path, in the network's order, from input to output where its layers are declared
   * in the order they run.
   */
  public static Map<String, Parameter> of(Layer net) {
    return select(net, true);
  }

  /** The other trainable parameters: biases, and what belongs to norms. */
  public static Map<String, Parameter> others(Layer net) {
    return select(net, false);
  }

  private static Map<String, Parameter> select(Layer net, boolean kernels) {
    // A layer norm over several dimensions has scales and shifts of that shape.
    Set<Parameter> ofNorms = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer l : net.layers()) {
      if (l instanceof LayerNorm) {
        ofNorms.addAll(l.ownParameters().values());
      }
    }
    Map<String, Parameter> selected = new LinkedHashMap<>();
    net.trainable()
        .forEach(
            (path, p) -> {
              boolean kernel = p.value().dim() > 1 && !ofNorms.contains(p);
              if (kernel == kernels) {
                selected.put(path, p);
              }
            });
    return selected;
  }
}
