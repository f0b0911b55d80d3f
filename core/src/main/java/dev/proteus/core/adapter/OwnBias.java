package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Stored;
import java.util.Map;

/** An adapter's own bias b' in place of the layer's: b + (b' - b_layer), so that several add up. */
final class OwnBias extends Part {
  private static final long serialVersionUID = 1L;

  private final Parameter bias;
  private final String file;

  /**
   * @param file its name in a folder
   */
  OwnBias(Layer layer, String file) {
    this.bias = parameter("bias", layer.ownParameters().get("bias").value().detach().copy());
    this.file = file;
  }

  static boolean takes(Layer layer) {
    return layer.ownParameters().containsKey("bias");
  }

  @Override
  protected void merge(Values values) {
    values.bias(values.bias().add(bias.value().sub(values.original("bias"))));
  }

  @Override
  protected Map<String, Stored> files() {
    return Map.of(file, bias);
  }
}
