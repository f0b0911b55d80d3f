package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class OptimizerContractTest {
  private static void train(Layer net, Stepper stepper, int from, int to) {
    for (int step = from; step < to; step++) {
      try (Scope scope = Scope.open()) {
        stepper.zeroGrad();
        Subjects.backward(net.train(), step);
        stepper.step();
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> stepsChangeParametersAndAreFinite() {
    return Members.each(
        Optimizer.class,
        method -> {
          for (DType type : List.of(DType.FLOAT32, DType.FLOAT64)) {
            Layer net = Subjects.network(method, 1);
            net.to(type);
            Map<String, Tensor> before = net.snapshot();
            Stepper stepper = method.on(net);
            train(net, stepper, 0, 10);
            assertThat(stepper.parameters())
                .anySatisfy((path, p) -> assertThat(p.value().equal(before.get(path))).isFalse());
            net.state()
                .forEach(
                    (path, t) -> {
                      assertThat(t.isFinite()).as(path).isTrue();
                      assertThat(t.dtype()).as(path).isEqualTo(before.get(path).dtype());
                    });
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> tenStepsAndTenMoreAreTwenty() {
    return Members.each(
        Optimizer.class,
        method -> {
          Layer whole = Subjects.network(method, 1);
          train(whole, method.on(whole), 0, 20);

          Layer first = Subjects.network(method, 1);
          Stepper stepper = method.on(first);
          train(first, stepper, 0, 10);
          Layer second = Subjects.network(method, 2);
          second.load(first.snapshot());
          Stepper resumed = method.on(second);
          resumed.restore(stepper.snapshot());
          train(second, resumed, 10, 20);
          Subjects.assertSameState("resumed", second.state(), whole.state());
        });
  }

  @TestFactory
  Stream<DynamicTest> parametersWithoutGradientsStay() {
    return Members.each(
        Optimizer.class,
        method -> {
          Layer net = Subjects.network(method, 1);
          Stepper stepper = method.on(net);
          train(net, stepper, 0, 2); // moments that could move a parameter on
          List<Parameter> without =
              stepper.parameters().values().stream()
                  .limit(stepper.parameters().size() / 2)
                  .toList();
          List<Tensor> before = without.stream().map(p -> p.value().detach().copy()).toList();
          stepper.zeroGrad();
          Subjects.backward(net, 3);
          without.forEach(p -> p.value().grad(null));
          stepper.step();
          assertThat(without).isNotEmpty();
          for (int i = 0; i < before.size(); i++) {
            assertSame("parameter " + i, without.get(i).value(), before.get(i));
          }
        });
  }
}
