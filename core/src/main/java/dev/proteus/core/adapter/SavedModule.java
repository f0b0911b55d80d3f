package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/** A copy of a whole module that an adapter trains and saves: PEFT's modules_to_save. */
final class SavedModule extends Part {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> module;

  SavedModule(Layer original) {
    Layer copy = original.copy();
    AdaptedLayer.strip(copy);
    this.module = slot("module", copy.trainable(true));
  }

  @Override
  protected Tensor output(Tensor x, Before before) {
    return module.call(x);
  }

  @Override
  protected void merge(Values values) {
    files().forEach((name, s) -> values.set(name, s.value()));
  }

  @Override
  protected Map<String, Stored> files() {
    return module.get().stored();
  }
}
