package dev.proteus.methods.peft;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/** A frozen layer with a trainable part around it that can be folded into its parameters. */
abstract class AdapterLayer extends Layer {
  private static final long serialVersionUID = 1L;

  /** Name of the slot of the frozen layer, as in PEFT. */
  static final String BASE = "base_layer";

  private final Slot<Layer> base;

  AdapterLayer(Layer base) {
    this.base = slot(BASE, base);
  }

  final Slot<Layer> base() {
    return base;
  }

  /** The values of the frozen layer's parameters with which it alone computes what this does. */
  abstract Map<Parameter, Tensor> merged();
}
