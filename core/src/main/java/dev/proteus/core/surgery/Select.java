package dev.proteus.core.surgery;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/**
 * Finds slots of a network: by path, by type, by any condition.
 *
 * <pre>{@code
 * Select.paths(net, "**.attention.query", "**.attention.value")
 * Select.paths(net, "layer.*.norm1")
 * Select.type(net, BatchNorm2d.class)
 * Select.where(net, (path, layer) -> layer instanceof Conv2d c && c.groups() == 1)
 * }</pre>
 *
 * <p>In a path {@code *} stands for any part of one segment and {@code **} for any number of
 * segments; at the end for at least one, so that {@code encoder.**} leaves out the encoder itself.
 * The result is ordered as the network is, parents before children; a slot that several paths lead
 * to comes once. Nothing found is an error: a misspelt selection that changes nothing would pass
 * for a method that has no effect.
 */
public final class Select {
  private Select() {}

  /**
   * Slots whose path matches one of the globs.
   *
   * @throws IllegalArgumentException for a glob that matches nothing, naming paths that come close
   */
  public static Map<String, Slot<?>> paths(Layer net, String... globs) {
    Map<String, Slot<?>> all = net.slots();
    Set<String> matched = new HashSet<>();
    for (String text : globs) {
      Glob glob = new Glob(text);
      if (all.keySet().stream().noneMatch(glob::matches)) {
        throw glob.noMatch("slot", all.keySet());
      }
      all.keySet().stream().filter(glob::matches).forEach(matched::add);
    }
    return filter(all, (path, layer) -> matched.contains(path));
  }

  /** What a path is matched with by {@link #paths}. */
  public static Predicate<String> glob(String glob) {
    return new Glob(glob)::matches;
  }

  /**
   * Slots that hold a layer of this class.
   *
   * @throws IllegalArgumentException naming the classes that there are, if there is no such layer
   */
  public static Map<String, Slot<?>> type(Layer net, Class<? extends Layer> type) {
    Map<String, Slot<?>> all = net.slots();
    Map<String, Slot<?>> found = filter(all, (path, layer) -> type.isInstance(layer));
    if (found.isEmpty()) {
      Set<String> types = new TreeSet<>();
      all.values().forEach(s -> types.add(s.get().getClass().getSimpleName()));
      throw new IllegalArgumentException(
          "no slot of " + net + " holds a " + type.getSimpleName() + "; they hold " + types);
    }
    return found;
  }

  /**
   * Slots whose path and layer satisfy a condition.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Map<String, Slot<?>> where(
      Layer net, BiPredicate<String, ? super Layer> condition) {
    Map<String, Slot<?>> all = net.slots();
    Map<String, Slot<?>> found = filter(all, condition);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "none of the " + all.size() + " slots of " + net + " satisfies the condition");
    }
    return found;
  }

  /** In order, each slot once, by its first path that satisfies the condition. */
  static Map<String, Slot<?>> filter(
      Map<String, Slot<?>> all, BiPredicate<String, ? super Layer> condition) {
    Set<Slot<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Map<String, Slot<?>> found = new LinkedHashMap<>();
    all.forEach(
        (path, slot) -> {
          if (condition.test(path, slot.get()) && seen.add(slot)) {
            found.put(path, slot);
          }
        });
    return found;
  }
}
