package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;

/** A loss of the network itself, added to another. */
public interface Regularizer extends Method {
  Tensor penalty(Layer net);
}
