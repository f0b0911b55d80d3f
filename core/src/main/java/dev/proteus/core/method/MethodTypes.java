package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds the record behind a method's name. The name is the paper's id in the catalogue; where a
 * paper has several records of the wanted kind, it is {@code id/simple-name}, such as {@code
 * dann/gradient-reversal}.
 */
public final class MethodTypes {
  private MethodTypes() {}

  /**
   * The methods of a kind that are built, by name.
   *
   * @param kind such as {@link OnlineAdapter}
   */
  public static <K extends Method> Map<String, Class<? extends K>> all(
      List<Catalogue.Entry> entries, Class<K> kind) {
    Map<String, Class<? extends K>> all = new TreeMap<>();
    for (Catalogue.Entry entry : entries) {
      List<Class<?>> records =
          entry.types().stream().filter(t -> t.isRecord() && kind.isAssignableFrom(t)).toList();
      for (Class<?> r : records) {
        all.put(
            records.size() == 1 ? entry.id() : entry.id() + "/" + hyphenated(r),
            r.asSubclass(kind));
      }
    }
    return all;
  }

  /**
   * The record of a name.
   *
   * @throws IllegalArgumentException if there is none of that kind, saying what there is
   */
  public static <K extends Method> Class<? extends K> find(
      Catalogue catalogue, Class<K> kind, String name) {
    Catalogue.Entry entry = catalogue.get(name.split("/", 2)[0]);
    return find(all(catalogue.all(), kind), hyphenated(kind).replace('-', ' '), name, entry);
  }

  static <C> C find(Map<String, C> all, String kind, String name, Catalogue.Entry entry) {
    C found = all.get(name);
    if (found == null) {
      List<String> ofPaper =
          all.keySet().stream()
              .filter(n -> n.equals(entry.id()) || n.startsWith(entry.id() + "/"))
              .toList();
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is not the name of one "
              + kind
              + (entry.status() == Status.PLANNED ? " (it is planned)" : "")
              + "; there "
              + (ofPaper.isEmpty() ? present(all.keySet()) : present(ofPaper)));
    }
    return found;
  }

  private static String present(Collection<String> names) {
    return names.isEmpty() ? "is none yet" : "is " + String.join(", ", names);
  }

  /** The kinds that a type is of, such as {@code online-adapter}, in order. */
  public static List<String> kinds(Class<?> type) {
    Set<String> kinds = new TreeSet<>();
    if (Layer.class.isAssignableFrom(type)) {
      kinds.add("layer");
    }
    for (Class<?> c = type; c != null; c = c.getSuperclass()) {
      collectKinds(c, kinds);
    }
    return List.copyOf(kinds);
  }

  private static void collectKinds(Class<?> type, Set<String> into) {
    for (Class<?> i : type.getInterfaces()) {
      if (List.of(i.getInterfaces()).contains(Method.class)) {
        into.add(hyphenated(i));
      }
      collectKinds(i, into);
    }
  }

  /** {@code GradientReversal} is written {@code gradient-reversal}. */
  public static String hyphenated(Class<?> type) {
    return type.getSimpleName()
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-")
        .toLowerCase(Locale.ROOT);
  }
}
