package dev.proteus.core.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Layer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An adapter with modules that are trained along as a whole, whatever the adapter is: a fresh head
 * has to be.
 *
 * @param adapter the method
 * @param head names of the modules; those that {@code adapter} names itself are added
 */
public record AdapterWithHead(LayerAdapter adapter, List<String> head) implements LayerAdapter {
  public AdapterWithHead {
    head = List.copyOf(head);
  }

  @Override
  public List<String> modulesToSave() {
    Set<String> all = new LinkedHashSet<>(adapter.modulesToSave());
    all.addAll(head);
    return new ArrayList<>(all);
  }

  @Override
  public Targets targets() {
    return adapter.targets();
  }

  @Override
  public boolean takes(Layer layer) {
    return adapter.takes(layer);
  }

  @Override
  public Part part(String path, Layer layer) {
    return adapter.part(path, layer);
  }

  @Override
  public BiasMode bias() {
    return adapter.bias();
  }

  @Override
  public Map<String, Object> peftConfig() {
    return adapter.peftConfig();
  }

  @Override
  public void check(JsonNode config) {
    adapter.check(config);
  }
}
