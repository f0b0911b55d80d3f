package dev.proteus.core.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Layer;
import java.util.List;
import java.util.Map;

/**
 * An adapter made of parts around single layers. A method says which layers it takes and what its
 * part there is; {@link Adapters} has the rest of its life.
 */
public interface LayerAdapter extends Adapter {
  /** The layers that the parts stand around. */
  Targets targets();

  /** Whether there is a part for a layer of this kind. */
  boolean takes(Layer layer);

  /**
   * The part for a layer that {@link #takes} holds for. It takes over the layer's mode, device and
   * type.
   *
   * @param path of the layer in the network without adapters
   */
  Part part(String path, Layer layer);

  /** Names of modules that are trained as a whole, each adapter a copy of its own. */
  default List<String> modulesToSave() {
    return List.of();
  }

  /** The biases that are trained along. */
  default BiasMode bias() {
    return BiasMode.NONE;
  }

  /**
   * What {@code adapter_config.json} says of this method; the layers, the modules to save and the
   * keys that all methods share are added.
   */
  Map<String, Object> peftConfig();

  /**
   * Refuses a folder that this adapter does not fit.
   *
   * @throws IllegalArgumentException naming the key, if an adapter folder of this configuration
   *     computes something else than this adapter does
   */
  void check(JsonNode config);

  @Override
  default AttachedAdapter attach(Layer net) {
    return attach(net, Adapters.DEFAULT);
  }

  @Override
  default AttachedAdapter attach(Layer net, String name) {
    return Adapters.of(net).attach(name, this);
  }
}
