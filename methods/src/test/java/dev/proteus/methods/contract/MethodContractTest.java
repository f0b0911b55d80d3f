package dev.proteus.methods.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.MethodTypes;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every method owes, whatever it does: hyper-parameters that can be written and read. */
class MethodContractTest {
  private static final Set<String> KINDS_WITH_A_CONTRACT =
      Set.of(
          "adapter",
          "fusion",
          "layer",
          "learning-rule",
          "online-adapter",
          "optimizer",
          "probe",
          "rewrite");

  @TestFactory
  Stream<DynamicTest> defaultsAreDescribedAndBuiltAgain() {
    return Members.each(
        Method.class,
        method -> {
          ObjectNode described = MethodConfig.describe(method);
          assertThat(MethodConfig.build(method.getClass(), described)).isEqualTo(method);
          assertThat(MethodConfig.build(method.getClass(), List.of())).isEqualTo(method);
        });
  }

  @TestFactory
  Stream<DynamicTest> anUnknownKeyIsRefusedByName() {
    return Members.each(
        Method.class,
        method ->
            assertThatThrownBy(
                    () -> MethodConfig.build(method.getClass(), List.of("no-such-key=1")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no-such-key"));
  }

  @Test
  void aMethodIsARecord() {
    assertThat(Members.types())
        .filteredOn(Method.class::isAssignableFrom)
        .allMatch(Class::isRecord)
        .isNotEmpty();
  }

  @Test
  void everyKindHasAContract() {
    assertThat(Members.types())
        .allSatisfy(
            type ->
                assertThat(KINDS_WITH_A_CONTRACT)
                    .as("%s is the first of its kind: write that kind's contract test", type)
                    .containsAll(MethodTypes.kinds(type)));
  }
}
