package dev.proteus.methods.contract;

import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.MethodTypes;
import java.util.List;
import java.util.Map;
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
    return of(kind).entrySet().stream()
        .map(
            e ->
                DynamicTest.dynamicTest(
                    e.getKey(), () -> contract.accept(MethodConfig.defaults(e.getValue()))));
  }
}
