package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.norm.RmsNorm;
import dev.proteus.methods.vision.Res2NetBlock;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Layers that one can put in a network; those that only a rewrite makes are tested with it. */
class LayerContractTest {
  private record Example(Supplier<Layer> layer, Supplier<Tensor> input) {}

  private static final Map<Class<?>, Example> EXAMPLES =
      Map.of(
          RmsNorm.class,
          new Example(() -> new RmsNorm(6), () -> normal(2, 5, 6)),
          Res2NetBlock.class,
          new Example(
              () -> new Res2NetBlock(64, 16, 1, false, null, 4, 26, 1), () -> normal(2, 64, 6, 6)));

  private static Stream<DynamicTest> each(Consumer<Example> contract) {
    List<Class<?>> types =
        Members.types().stream()
            .filter(t -> Layer.class.isAssignableFrom(t) && Modifier.isPublic(t.getModifiers()))
            .toList();
    assertThat(types).as("examples of layers that are no more").containsAll(EXAMPLES.keySet());
    return types.stream()
        .map(
            type ->
                DynamicTest.dynamicTest(
                    type.getSimpleName(),
                    () -> {
                      assertThat(EXAMPLES).as("add an example of it").containsKey(type);
                      contract.accept(EXAMPLES.get(type));
                    }));
  }

  private static Layer layer(Example e, long seed) {
    Layer layer = Subjects.seeded(seed, e.layer).eval();
    Generator random = Generator.seeded(seed);
    layer.parameters().values().forEach(p -> p.assign(random.normal(1, 0.1, p.value().shape())));
    return layer;
  }

  private static Tensor normal(long... shape) {
    return Generator.seeded(2).normal(0, 1, shape);
  }

  @TestFactory
  Stream<DynamicTest> aCopyPredictsTheSameAndIsOnItsOwn() {
    return each(
        e -> {
          Layer layer = layer(e, 1);
          Tensor y = Subjects.predict(layer, e.input.get());
          Layer copy = layer.copy();
          layer.parameters().values().forEach(p -> p.assign(p.value().mul(2)));
          assertSame("copy", Subjects.predict(copy, e.input.get()), y);
        });
  }

  @TestFactory
  Stream<DynamicTest> aLoadedStatePredictsTheSame() {
    return each(
        e -> {
          Layer layer = layer(e, 1);
          Layer other = layer(e, 2);
          other.load(layer.snapshot());
          assertSame(
              "loaded",
              Subjects.predict(other, e.input.get()),
              Subjects.predict(layer, e.input.get()));
        });
  }

  @TestFactory
  Stream<DynamicTest> gradientsReachAllParametersAndTheInput() {
    return each(
        e -> {
          Layer layer = layer(e, 1).train();
          Tensor x = e.input.get().requiresGrad(true);
          Tensor y = Subjects.seeded(3, () -> layer.forward(x));
          y.mul(Generator.seeded(4).normal(0, 1, y.shape())).sum().backward();
          assertThat(x.grad().isFinite()).isTrue();
          layer
              .trainable()
              .forEach(
                  (path, p) -> {
                    assertThat(p.grad()).as(path).isNotNull();
                    assertThat(p.grad().isFinite()).as(path).isTrue();
                  });
        });
  }
}
