package dev.proteus.core.adapter;

import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One of the adapters of a network, by its name. */
public final class AttachedAdapter implements Adapter.Attached {
  private final Adapters adapters;
  private final String name;

  AttachedAdapter(Adapters adapters, String name) {
    this.adapters = adapters;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** What was attached. */
  public LayerAdapter method() {
    return adapters.method(name);
  }

  /** All adapters of the network that this one is on. */
  public Adapters adapters() {
    return adapters;
  }

  /** Its parts of a class, by the paths of their layers in the network without adapters. */
  public <P extends Part> Map<String, P> parts(Class<P> type) {
    Map<String, P> found = new LinkedHashMap<>();
    adapters
        .parts(name)
        .forEach(
            (path, parts) ->
                parts.stream()
                    .filter(type::isInstance)
                    .forEach(p -> found.put(path, type.cast(p))));
    return found;
  }

  @Override
  public Map<String, Parameter> parameters() {
    return adapters.parameters(name);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException saying why, if that is not possible; see {@link Adapters#merge}
   */
  @Override
  public void merge() {
    if (!isMerged()) {
      List<String> more = new ArrayList<>(adapters.merged());
      more.add(name);
      adapters.merge(more);
    }
  }

  @Override
  public void unmerge() {
    if (isMerged()) {
      List<String> rest = new ArrayList<>(adapters.merged());
      rest.remove(name);
      adapters.merge(rest);
    }
  }

  @Override
  public boolean isMerged() {
    adapters.alive(name);
    return adapters.merged().contains(name);
  }

  @Override
  public void detach() {
    adapters.detach(name);
  }

  /**
   * {@inheritDoc} As there, the adapter {@code default} lies in the folder itself, any other in a
   * folder of its name in it.
   */
  @Override
  public void save(Path folder) {
    adapters.save(name, folder);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the folder holds another kind of adapter, of other settings
   *     or for other layers; nothing is changed then
   */
  @Override
  public void load(Path folder) {
    adapters.load(name, folder);
  }
}
