package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.Stored;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A network's adapted layers: finds them, puts parts around layers, and takes them out again. */
final class AdaptedNetwork {
  /** A layer of the network without adapters, and the slot that it or its adapted form is in. */
  record Place(Slot<?> slot, Layer layer) {
    AdaptedLayer adapted() {
      return slot.get() instanceof AdaptedLayer a ? a : null;
    }

    IllegalArgumentException cannotBeWrapped(String path) {
      return new IllegalArgumentException(
          "nothing can stand around '"
              + path
              + "': "
              + slot.owner().getClass().getSimpleName()
              + " takes only a "
              + slot.bound().getSimpleName()
              + " there");
    }
  }

  private final Layer net;
  private final Roster roster;

  /**
   * @throws IllegalArgumentException if parts of the network were given adapters on their own
   */
  AdaptedNetwork(Layer net) {
    this.net = net;
    Set<Roster> rosters = Collections.newSetFromMap(new IdentityHashMap<>());
    adapted().forEach(a -> rosters.add(a.roster()));
    if (rosters.size() > 1) {
      throw new IllegalArgumentException(
          "parts of this " + net + " have adapters of their own; detach those first");
    }
    this.roster = rosters.isEmpty() ? new Roster() : rosters.iterator().next();
  }

  Roster roster() {
    return roster;
  }

  List<AdaptedLayer> adapted() {
    return net.layers().stream()
        .filter(AdaptedLayer.class::isInstance)
        .map(AdaptedLayer.class::cast)
        .toList();
  }

  /** The slots of the network as it is without adapters, by their paths there. */
  Map<String, Place> places() {
    Map<String, Place> places = new LinkedHashMap<>();
    collect("", net, places);
    return places;
  }

  private static void collect(String prefix, Layer layer, Map<String, Place> into) {
    layer
        .ownSlots()
        .forEach(
            (name, slot) -> {
              Layer child = base(slot.get());
              into.put(prefix + name, new Place(slot, child));
              collect(prefix + name + ".", child, into);
            });
  }

  private static Layer base(Layer layer) {
    return layer instanceof AdaptedLayer a ? a.base().get() : layer;
  }

  /** What a layer holds as it is without adapters, by its name there. */
  static Map<String, Stored> stored(Layer layer) {
    Map<String, Stored> all = new LinkedHashMap<>();
    collectStored("", base(layer), all);
    return all;
  }

  private static void collectStored(String prefix, Layer layer, Map<String, Stored> into) {
    layer.ownParameters().forEach((name, p) -> into.put(prefix + name, p));
    layer.ownBuffers().forEach((name, b) -> into.put(prefix + name, b));
    layer
        .ownSlots()
        .forEach((name, slot) -> collectStored(prefix + name + ".", base(slot.get()), into));
  }

  /** The parts of an adapter by the paths of their layers. */
  Map<String, List<Part>> parts(String name) {
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    for (AdaptedLayer a : adapted()) {
      if (!a.parts(name).isEmpty()) {
        parts.put(a.path(), a.parts(name));
      }
    }
    return parts;
  }

  Map<String, Parameter> parameters(String name) {
    Set<Stored> own = Collections.newSetFromMap(new IdentityHashMap<>());
    parts(name).values().forEach(ps -> ps.forEach(p -> own.addAll(p.stored().values())));
    Map<String, Parameter> found = net.parameters();
    found.values().removeIf(p -> !own.contains(p));
    return Collections.unmodifiableMap(found);
  }

  /** The layers that hold a parameter or buffer themselves; several, if it is tied. */
  IdentityHashMap<Stored, List<Layer>> holders() {
    IdentityHashMap<Stored, List<Layer>> holders = new IdentityHashMap<>();
    for (Layer l : net.layers()) {
      l.ownParameters().values().forEach(p -> add(holders, p, l));
      l.ownBuffers().values().forEach(b -> add(holders, b, l));
    }
    return holders;
  }

  private static void add(IdentityHashMap<Stored, List<Layer>> holders, Stored s, Layer holder) {
    holders.computeIfAbsent(s, x -> new ArrayList<>(1)).add(holder);
  }

  // ---- changing the network ----

  /**
   * Puts an adapter's parts around their layers; it is not active yet, but trainable.
   *
   * @param strict whether every entry of its targets has to lead to something, or one of them
   */
  void plant(String name, LayerAdapter method, boolean strict) {
    Map<String, Place> places = places();
    Map<String, List<Part>> parts = NewParts.of(method, places, strict);
    Map<String, Parameter> base = net.parameters();
    wrap(parts.keySet(), places);
    parts.forEach((path, ps) -> ps.forEach(p -> places.get(path).adapted().add(name, p)));
    if (roster.methods().isEmpty()) {
      base.values().forEach(p -> roster.trainable.put(p, p.isTrainable()));
      base.values().forEach(p -> p.trainable(false));
    }
    for (String other : roster.methods().keySet()) {
      if (NewParts.conflict(parts, parts(other))) {
        roster.conflicts.add(Set.of(name, other));
      }
    }
    roster.methods().put(name, method);
  }

  private void wrap(Set<String> paths, Map<String, Place> places) {
    Map<String, Layer> chosen = new LinkedHashMap<>();
    paths.forEach(path -> chosen.put(path, places.get(path).layer()));
    // The same layer may be in several slots.
    places.forEach(
        (path, p) -> {
          if (chosen.containsValue(p.layer())
              && !p.slot().bound().isAssignableFrom(AdaptedLayer.class)) {
            throw p.cannotBeWrapped(path);
          }
        });
    chosen.forEach(
        (path, layer) -> {
          if (places.get(path).adapted() == null) {
            AdaptedLayer adapted = new AdaptedLayer(path, layer, roster);
            places.values().stream()
                .filter(p -> p.layer() == layer)
                .forEach(p -> p.slot().replace(adapted));
          }
        });
  }

  /** Takes the parts of an adapter out. */
  void uproot(String name) {
    roster.methods().remove(name);
    roster.active().remove(name);
    roster.conflicts.removeIf(pair -> pair.contains(name));
    replace(a -> a.without(name));
    if (roster.methods().isEmpty()) {
      end();
    }
  }

  /** Takes all parts out, whatever values the base weights have now. */
  void clear() {
    replace(a -> null);
    end();
  }

  private void replace(UnaryOperator<AdaptedLayer> rest) {
    IdentityHashMap<AdaptedLayer, Layer> done = new IdentityHashMap<>();
    for (Slot<?> s : net.slots().values()) {
      if (s.get() instanceof AdaptedLayer a) {
        s.replace(
            done.computeIfAbsent(
                a,
                x -> {
                  AdaptedLayer left = rest.apply(a);
                  return left == null || left.isBare() ? a.base().get() : left;
                }));
      }
    }
  }

  /** The last adapter has gone. */
  private void end() {
    roster.methods().clear();
    roster.active().clear();
    roster.merged().clear();
    roster.conflicts.clear();
    roster.unmerged.clear();
    roster.trainable.forEach(Parameter::trainable);
    roster.trainable.keySet().forEach(p -> p.value().grad(null));
    roster.trainable.clear();
  }
}
