package dev.proteus.core.method;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which record stands where a component's type is an interface: its object has a {@code type}, such
 * as {@code {"type":"adam","lr":0.01}} for an optimizer.
 */
final class Variants {
  static final String TYPE = "type";

  private Variants() {}

  /** The name of a record among those of an interface. */
  static String name(Class<?> variant) {
    return MethodTypes.hyphenated(variant);
  }

  /**
   * The record of a name: the class of the value that the paper has there, or one that is nested in
   * the method or the interface, or next to the interface.
   *
   * @return null if there is none
   */
  static Class<?> find(String name, Class<?> declared, Class<?> method, Object papers) {
    if (papers != null && name.equals(name(papers.getClass()))) {
      return papers.getClass();
    }
    if (!name.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*")) {
      return null;
    }
    String simple =
        Arrays.stream(name.split("-"))
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining());
    String full = declared.getName();
    String besides = full.substring(0, full.length() - declared.getSimpleName().length());
    List<String> places = List.of(method.getName() + "$", declared.getName() + "$", besides);
    return places.stream()
        .flatMap(place -> load(place + simple, declared.getClassLoader()))
        .filter(found -> found.isRecord() && declared.isAssignableFrom(found))
        .findFirst()
        .orElse(null);
  }

  private static Stream<Class<?>> load(String name, ClassLoader loader) {
    try {
      return Stream.of(Class.forName(name, false, loader));
    } catch (ClassNotFoundException e) {
      return Stream.of();
    }
  }
}
