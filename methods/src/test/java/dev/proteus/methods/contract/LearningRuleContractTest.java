package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.LearningRule;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class LearningRuleContractTest {
  private static final double STEPS = 6;

  private static void learn(LearningRule.Learner learner, int from, int to) {
    for (int i = from; i < to; i++) {
      int step = i;
      try (Scope scope = Scope.open()) {
        Supplier<Double> loss = () -> learner.learn(Subjects.batch(step), step / STEPS);
        assertThat(Subjects.seeded(step, loss)).as("loss of step %d", i).isFinite();
      }
    }
  }

  private static LearningRule.Learner start(LearningRule method, Layer net) {
    return Subjects.seeded(7, () -> method.start(net.train()));
  }

  @TestFactory
  Stream<DynamicTest> aStepChangesParameters() {
    return Members.each(
        LearningRule.class,
        method -> {
          Layer net = Subjects.network(method, 1);
          Map<String, Tensor> before = net.snapshot();
          learn(start(method, net), 3, 4); // at half time: schedules may begin at zero
          assertThat(net.trainable())
              .anySatisfy((path, p) -> assertThat(p.value().equal(before.get(path))).isFalse());
          net.state().forEach((path, t) -> assertThat(t.isFinite()).as(path).isTrue());
        });
  }

  @TestFactory
  Stream<DynamicTest> threeStepsAndThreeMoreAreSix() {
    return Members.each(
        LearningRule.class,
        method -> {
          Layer whole = Subjects.network(method, 1);
          LearningRule.Learner expected = start(method, whole);
          learn(expected, 0, 6);

          Layer first = Subjects.network(method, 1);
          LearningRule.Learner learner = start(method, first);
          learn(learner, 0, 3);
          Layer second = Subjects.network(method, 2);
          second.load(first.snapshot());
          LearningRule.Learner resumed = start(method, second);
          Subjects.seeded(
              8,
              () -> {
                resumed.restore(learner.snapshot());
                return null;
              });
          learn(resumed, 3, 6);
          Subjects.assertSameState("network", second.state(), whole.state());
          Subjects.assertSameState("learner", resumed.snapshot(), expected.snapshot());
          whole.eval();
          second.eval();
          Tensor x = Subjects.images(9);
          Tensor y = Autograd.noGrad(() -> expected.predict(x));
          assertThat(y.shape()).containsExactly(16, 10);
          assertSame("prediction", Autograd.noGrad(() -> resumed.predict(x)), y);
        });
  }
}
