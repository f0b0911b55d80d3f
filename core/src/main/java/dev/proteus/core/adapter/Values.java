package dev.proteus.core.adapter;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The values with which a frozen layer computes: its own, and those that adapters have changed, by
 * name. Gradients flow through changed ones.
 *
 * <p>A weight is seen as [out, in, kernel..] however it is stored: that of an {@link Embedding}, a
 * table of rows, as [dim, rows].
 */
public final class Values {
  private static final String WEIGHT = "weight";
  private static final String BIAS = "bias";

  private final Layer layer;
  private final Map<String, Tensor> changed;

  private Values(Layer layer, Map<String, Tensor> changed) {
    this.layer = layer;
    this.changed = changed;
  }

  /** The layer's own. */
  static Values of(Layer layer) {
    return new Values(layer, new LinkedHashMap<>());
  }

  Values copy() {
    return new Values(layer, new LinkedHashMap<>(changed));
  }

  /** What was changed, by name. */
  Map<String, Tensor> changed() {
    return Collections.unmodifiableMap(changed);
  }

  /** The frozen layer. */
  public Layer layer() {
    return layer;
  }

  /**
   * The value of a parameter or buffer.
   *
   * @return null if the layer has none of that name
   */
  public Tensor get(String name) {
    Tensor t = changed.get(name);
    return t == null ? original(name) : t;
  }

  /** The layer's own value of a parameter or buffer, or null. */
  public Tensor original(String name) {
    Stored s = layer.ownParameters().get(name);
    if (s == null) {
      s = layer.stored().get(name);
    }
    return s == null ? null : s.value();
  }

  /** Changes a value; the layer itself keeps its own. */
  public void set(String name, Tensor value) {
    changed.put(name, value);
  }

  /** [out, in, kernel..]. */
  public Tensor weight() {
    return oriented(get(WEIGHT));
  }

  /** The layer's own weight, [out, in, kernel..]. */
  public Tensor originalWeight() {
    return oriented(original(WEIGHT));
  }

  /** Changes the weight, given as [out, in, kernel..]. */
  public void weight(Tensor value) {
    set(WEIGHT, oriented(value));
  }

  /** [out], or null. */
  public Tensor bias() {
    return get(BIAS);
  }

  public void bias(Tensor value) {
    set(BIAS, value);
  }

  private Tensor oriented(Tensor weight) {
    return layer instanceof TransposedLinear || layer instanceof Embedding ? weight.t() : weight;
  }

  /** What the layer computes with these values. */
  public Tensor run(Tensor x) {
    return changed.isEmpty() ? layer.forward(x) : layer.using(changed, () -> layer.forward(x));
  }
}
