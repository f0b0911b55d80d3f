package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;

/** A change of structure: network in, changed network out. */
public interface Rewrite extends Method {
  /**
   * Changes {@code net} through its slots.
   *
   * @return the changed network: the same object, unless its root itself is replaced
   * @throws IllegalArgumentException if the network has nothing that this rewrite applies to
   */
  Layer apply(Layer net);
}
