package dev.proteus.cli;

import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Methods in the words of a command line, {@code ID key=value ID ..}. */
final class MethodWords {
  private MethodWords() {}

  /**
   * Builds each. A word without '=' begins a method; those after it are its parameters.
   *
   * @return the methods by the words that each was asked for with, in their order
   * @throws IllegalArgumentException if one is unknown, not of that kind or refuses a value
   */
  static <K extends Method> Map<String, K> build(Class<K> kind, List<String> words) {
    List<List<String>> groups = new ArrayList<>();
    for (String word : words) {
      if (groups.isEmpty() || word.indexOf('=') < 0) {
        groups.add(new ArrayList<>());
      }
      groups.get(groups.size() - 1).add(word);
    }
    Map<String, K> methods = new LinkedHashMap<>();
    for (List<String> group : groups) {
      K method = MethodConfig.build(kind, group.get(0), group.subList(1, group.size()));
      methods.put(String.join(" ", group), method);
    }
    return methods;
  }
}
