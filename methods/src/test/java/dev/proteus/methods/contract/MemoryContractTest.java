package dev.proteus.methods.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.Adapter;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.ForkedJvm;
import dev.proteus.core.train.LearningRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Resident memory is flat over 200 steps of all that takes steps, in a JVM of its own. */
@EnabledIf("dev.proteus.core.testing.ForkedJvm#knowsMemory")
class MemoryContractTest {
  private static final long MB = 1 << 20;

  /** One activation [16, 16, 12, 12] a step would be 28 MB. */
  private static final long BOUND = 8 * MB;

  @Test
  void stepsLeakNothing() {
    Map<String, Long> grown = new LinkedHashMap<>();
    for (String line : ForkedJvm.run(Steps.class)) {
      String[] words = line.split(" ", 2);
      grown.put(words[0], Long.parseLong(words[1]));
    }
    assertThat(grown.remove(Steps.LEAK)).as("the test sees a leak").isGreaterThan(2 * BOUND);
    assertThat(grown)
        .as("bytes grown over 200 steps")
        .allSatisfy((name, bytes) -> assertThat(bytes).as(name).isLessThan(BOUND));
    assertThat(grown)
        .hasSize(
            Members.of(OnlineAdapter.class).size()
                + Members.adapters().size()
                + Members.of(LearningRule.class).size());
  }

  /** Prints by how much memory grew with each method after its first steps. */
  static final class Steps {
    static final String LEAK = "leak";

    private static final int WARM_UP = 40;
    private static final int STEPS = 200;

    public static void main(String[] args) {
      run("online-adapter", OnlineAdapter.class, Steps::predicting);
      Members.adapters().forEach((name, method) -> measure("adapter/" + name, training(method)));
      run("learning-rule", LearningRule.class, Steps::learning);
      List<Tensor> leaked = new ArrayList<>();
      measure(LEAK, i -> leaked.add(Tensor.ones(16, 16, 12, 12).retain()));
    }

    private static <K extends Method> void run(
        String kind, Class<K> type, Function<K, IntConsumer> steps) {
      Members.of(type)
          .forEach(
              (name, member) ->
                  measure(kind + "/" + name, steps.apply(MethodConfig.defaults(member))));
    }

    private static void measure(String name, IntConsumer step) {
      long start = 0;
      for (int i = 0; i < WARM_UP + STEPS; i++) {
        if (i == WARM_UP) {
          start = ForkedJvm.memory("VmRSS");
        }
        try (Scope scope = Scope.open()) {
          step.accept(i);
        }
      }
      System.out.println(name + " " + (ForkedJvm.memory("VmRSS") - start));
    }

    private static IntConsumer predicting(OnlineAdapter method) {
      OnlineAdapter.Session session = method.attach(Subjects.resNet(), Subjects.source());
      return i -> session.predict(Subjects.images(i));
    }

    private static IntConsumer training(Adapter method) {
      Layer net = Subjects.network(method, 1);
      Stepper stepper = new Adam(1e-3).on(method.attach(net).parameters());
      net.train();
      return i -> {
        stepper.zeroGrad();
        Subjects.backward(net, i);
        stepper.step();
      };
    }

    private static IntConsumer learning(LearningRule method) {
      LearningRule.Learner learner = method.start(Subjects.network(method, 1).train());
      return i -> learner.learn(Subjects.batch(i), (double) i / (WARM_UP + STEPS));
    }
  }
}
