package dev.proteus.methods.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.Fusion;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class FusionContractTest {
  @TestFactory
  Stream<DynamicTest> fusesStatesOfANetworkIntoAnotherOfItsStates() {
    return Members.each(
        Fusion.class,
        method -> {
          Layer net = Subjects.network(method, 1);
          Map<String, Tensor> base = net.snapshot();
          for (List<Long> seeds : List.of(List.of(2L), List.of(2L, 3L))) {
            List<Map<String, Tensor>> tuned =
                seeds.stream().map(seed -> Subjects.network(method, seed).snapshot()).toList();
            Map<String, Tensor> fused = method.fuse(base, tuned);
            assertThat(fused.keySet()).containsExactlyElementsOf(base.keySet());
            fused.forEach(
                (name, t) -> {
                  assertThat(t.describe()).as(name).isEqualTo(base.get(name).describe());
                  assertThat(t.isFinite()).as(name).isTrue();
                  assertThat(t.isAliasOf(base.get(name))).as(name + " is a copy").isFalse();
                });
            net.load(fused);
            Subjects.assertSameState("base", base, Subjects.network(method, 1).state());
            for (int i = 0; i < tuned.size(); i++) {
              Layer again = Subjects.network(method, seeds.get(i));
              Subjects.assertSameState("tuned", tuned.get(i), again.state());
            }
          }
        });
  }
}
