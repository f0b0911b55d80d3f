package dev.proteus.core.adapter;

import dev.proteus.core.adapter.AdaptedNetwork.Place;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.surgery.Surgery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes the parts of an adapter for a network: the method's own, copies of modules, biases. */
final class NewParts {
  private final Map<String, Layer> layers;
  private final Map<String, List<Part>> parts = new LinkedHashMap<>();

  private NewParts(Map<String, Layer> layers) {
    this.layers = layers;
  }

  /**
   * @param places of the network without adapters
   * @param strict whether every entry of its targets has to lead to something, or one of them
   */
  static Map<String, List<Part>> of(
      LayerAdapter method, Map<String, Place> places, boolean strict) {
    Map<String, Layer> layers = new LinkedHashMap<>();
    places.forEach((path, place) -> layers.put(path, place.layer()));
    List<String> saved = saved(method.modulesToSave(), places);
    Set<Layer> fixed = fixed(places);
    List<String> targets =
        method.targets().select(layers, l -> method.takes(l) && !fixed.contains(l), saved, strict);
    NewParts all = new NewParts(layers);
    for (String path : all.distinct(targets)) {
      all.put(path, method.part(path, layers.get(path)));
    }
    for (String path : all.distinct(saved)) {
      all.put(path, new SavedModule(layers.get(path)));
    }
    Collection<String> biases =
        switch (method.bias()) {
          case NONE -> List.of();
          case ONLY -> targets;
          case ALL -> layers.keySet();
        };
    for (String path : all.distinct(biases)) {
      if (OwnBias.takes(layers.get(path)) && saved.stream().noneMatch(s -> isIn(path, s))) {
        String file = all.parts.containsKey(path) ? AdaptedLayer.BASE + ".bias" : "bias";
        all.put(path, new OwnBias(layers.get(path), file));
      }
    }
    return all.parts;
  }

  /** Layers in slots that take nothing else: a pattern does not lead there. */
  private static Set<Layer> fixed(Map<String, Place> places) {
    Set<Layer> fixed = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Place p : places.values()) {
      if (!p.slot().bound().isAssignableFrom(AdaptedLayer.class)) {
        fixed.add(p.layer());
      }
    }
    return fixed;
  }

  private void put(String path, Part part) {
    Surgery.adapt(part, layers.get(path));
    parts.computeIfAbsent(path, p -> new ArrayList<>()).add(part);
  }

  /** A layer that is in several places once, by its first path. */
  private List<String> distinct(Collection<String> paths) {
    Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    return paths.stream().filter(path -> seen.add(layers.get(path))).toList();
  }

  private static boolean isIn(String path, String module) {
    return path.equals(module) || path.startsWith(module + ".");
  }

  /** PEFT's rule: every path that ends with one of the names; of nested ones the outermost. */
  private static List<String> saved(List<String> names, Map<String, Place> places) {
    Set<String> paths = places.keySet();
    List<String> saved = new ArrayList<>();
    for (String path : paths) {
      if (names.stream().anyMatch(path::endsWith) && saved.stream().noneMatch(s -> isIn(path, s))) {
        saved.addAll(wrappable(path, places));
      }
    }
    if (saved.isEmpty() && !names.isEmpty()) {
      throw new IllegalArgumentException(
          "modulesToSave: no path ends with one of "
              + names
              + "; there are "
              + paths.stream().filter(p -> !p.contains(".")).toList());
    }
    return saved;
  }

  /**
   * A module that is called by methods of its own cannot be wrapped; the layers in it can, and a
   * folder has the same tensors then.
   */
  private static List<String> wrappable(String path, Map<String, Place> places) {
    Place place = places.get(path);
    if (place.slot().bound().isAssignableFrom(AdaptedLayer.class)) {
      return List.of(path);
    }
    if (place.layer().ownSlots().isEmpty() || !place.layer().ownParameters().isEmpty()) {
      throw place.cannotBeWrapped(path);
    }
    return place.layer().ownSlots().keySet().stream()
        .flatMap(name -> wrappable(path + "." + name, places).stream())
        .filter(inner -> !places.get(inner).layer().stored().isEmpty())
        .toList();
  }

  /** Whether one of two adapters changes something in a module that the other one replaces. */
  static boolean conflict(Map<String, List<Part>> a, Map<String, List<Part>> b) {
    return replacesWhatIsIn(a, b) || replacesWhatIsIn(b, a);
  }

  private static boolean replacesWhatIsIn(Map<String, List<Part>> a, Map<String, List<Part>> b) {
    return a.entrySet().stream()
        .filter(e -> e.getValue().get(0) instanceof SavedModule)
        .anyMatch(e -> b.keySet().stream().anyMatch(path -> isIn(path, e.getKey())));
  }
}
