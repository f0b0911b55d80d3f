package dev.proteus.methods.contract;

import dev.proteus.core.adapter.Lora;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.MethodTypes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The members of the catalogue and the baselines that are built: each contract test runs over all
 * of a kind.
 */
final class Members {
  private static final List<Catalogue.Entry> ENTRIES = Catalogue.load().all();

  private Members() {}

  /** All types that carry a {@code Paper}. */
  static List<Class<?>> types() {
    return ENTRIES.stream().<Class<?>>flatMap(e -> e.types().stream()).toList();
  }

  /** The records of a kind, by name. */
  static <K extends Method> Map<String, Class<? extends K>> of(Class<K> kind) {
    return MethodTypes.all(ENTRIES, kind);
  }

  /** A test for each method of a kind, with its paper's values. */
  static <K extends Method> Stream<DynamicTest> each(Class<K> kind, Consumer<? super K> contract) {
    return each(defaults(kind), contract);
  }

  static <K> Stream<DynamicTest> each(Map<String, K> members, Consumer<? super K> contract) {
    return members.entrySet().stream()
        .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> contract.accept(e.getValue())));
  }

  private static <K extends Method> Map<String, K> defaults(Class<K> kind) {
    Map<String, K> members = new TreeMap<>();
    of(kind).forEach((name, type) -> members.put(name, MethodConfig.defaults(type)));
    return members;
  }

  /** The adapters, and the forms of the one that is no paper of the catalogue but in core. */
  static Map<String, Adapter> adapters() {
    Map<String, Adapter> members = new TreeMap<>(defaults(Adapter.class));
    Map.of(
            "lora", List.<String>of(),
            "lora/dora", List.of("dora=true", "rank=4"),
            "lora/variants",
                List.of(
                    "targets=all-linear,stem",
                    "modulesToSave=head",
                    "bias=all",
                    "rslora=true",
                    "loraBias=true",
                    "init=gaussian",
                    "rankPattern={\"features\":3}",
                    "alphaPattern={\"1.2\":4}"))
        .forEach((name, values) -> members.put(name, MethodConfig.build(Lora.class, values)));
    return members;
  }
}
