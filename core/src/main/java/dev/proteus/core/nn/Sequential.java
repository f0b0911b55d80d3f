package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Layers one after the other, named 0, 1, …, or by name:
 *
 * <pre>{@code
 * new Sequential().add("fc1", new Linear(64, 32)).add("act", Activation.relu())
 * }</pre>
 */
public final class Sequential extends Layer {
  private static final long serialVersionUID = 1L;

  private final ArrayList<Slot<Layer>> children = new ArrayList<>();

  public Sequential(Layer... layers) {
    this(List.of(layers));
  }

  public Sequential(List<? extends Layer> layers) {
    layers.forEach(this::add);
  }

  /** Appends a layer, named by its position. */
  public Sequential add(Layer layer) {
    return add(String.valueOf(children.size()), layer);
  }

  /** Appends a layer. */
  public Sequential add(String name, Layer layer) {
    children.add(slot(name, layer));
    return this;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = x;
    for (Slot<Layer> child : children) {
      y = child.call(y);
    }
    return y;
  }

  /** The slots, in order. */
  public List<Slot<Layer>> children() {
    return Collections.unmodifiableList(children);
  }
}
