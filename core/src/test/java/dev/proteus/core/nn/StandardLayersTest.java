package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import dev.proteus.core.testing.Gradients;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every standard layer owes. */
class StandardLayersTest {
  private static Tensor normal(long... shape) {
    return Generator.seeded(5).normal(0, 1, shape);
  }

  private static Arguments on(Layer layer, Tensor x, Tensor wrong) {
    return arguments(Named.of(layer.toString(), layer), x, wrong);
  }

  /** Each layer with an input, and one that it refuses (null: it takes all). */
  static Stream<Arguments> layers() {
    Tensor sequence = normal(2, 4, 6);
    Tensor image = normal(2, 4, 6, 6);
    long[] ones = {1, 1};
    long[] kernel = {3, 2};
    return Stream.of(
        on(new Linear(6, 3), sequence, normal(2, 5)),
        on(new Linear(6, 3, false), sequence, Tensor.scalar(1)),
        on(new TransposedLinear(6, 3), sequence, normal(2, 3)),
        on(new Conv1d(4, 2, 3), sequence, normal(2, 3, 6)),
        on(new Conv2d(4, 2, 3, 2, 1, 2, false), image, sequence),
        on(
            new Conv2d(4, 2, kernel, ones, Conv.same(kernel), ones, 1, true, PaddingMode.REPLICATE),
            image,
            normal(2, 3, 6, 6)),
        on(new ConvTranspose1d(4, 2, 3, 2, 1), sequence, image),
        on(new ConvTranspose2d(4, 2, 3, 2, 1), image, normal(2, 2, 6, 6)),
        on(new Embedding(5, 3, 0), Tensor.of(new long[] {0, 4, 1}, 3), sequence),
        on(new BatchNorm1d(4), sequence, image),
        on(new BatchNorm2d(4), image, normal(2, 3, 6, 6)),
        on(new BatchNorm2d(4, 1e-3, null, false, true), image, normal(2, 4)),
        on(new BatchNorm2d(4, 1e-5, 0.1, true, false), image, sequence),
        on(new LayerNorm(4, 6), sequence, normal(2, 4, 5)),
        on(new RMSNorm(6, 1e-6), sequence, normal(2, 4, 5)),
        on(new GroupNorm(2, 4), image, normal(2, 6, 3)),
        on(new InstanceNorm1d(4), sequence, normal(2, 3, 6)),
        on(new InstanceNorm2d(4, 1e-5, 0.1, true, true), image, sequence),
        on(new Dropout(0.4), sequence, null),
        on(new MaxPool1d(2), sequence, image),
        on(new MaxPool2d(3, 2, 1), image, sequence),
        on(new AvgPool1d(2), sequence, image),
        on(new AvgPool2d(3, 2, 1), image, sequence),
        on(new AdaptiveAvgPool1d(4), sequence, image),
        on(new AdaptiveAvgPool2d(4, 5), image, sequence),
        on(new AdaptiveMaxPool2d(4, 5), image, sequence),
        on(new GlobalAvgPool(), image, normal(2, 4)),
        on(Activation.gelu(), sequence, null),
        on(Activation.softmax(1), sequence, null),
        on(new PReLU(4), sequence, normal(2, 3)),
        on(new MultiheadAttention(6, 2), sequence, normal(2, 4, 5)),
        on(new MultiheadAttention(6, 3, 6, 6, false, 0.5), sequence, image),
        on(new LSTM(6, 3), sequence, normal(2, 4, 5)),
        on(new LSTM(6, 3, 2, true, true, 0.5), sequence, image),
        on(new GRU(6, 3, 2, true, false, 0.5), sequence, normal(2, 6)),
        on(new Sequential(new Linear(6, 3), Activation.relu()), sequence, normal(2, 5)),
        on(new Residual(new Linear(6, 6)), sequence, null),
        on(new Residual(new Linear(6, 3), new Linear(6, 3)), sequence, normal(2, 5)),
        on(new Identity(), sequence, null),
        on(new Flatten(), image, null),
        on(new GradientReversal(0.5), sequence, null),
        on(new PixelShuffle(2), image, normal(2, 3, 6, 6)),
        on(Upsample.nearest(2), image, sequence),
        on(Upsample.bilinear(2, true), image, sequence));
  }

  @ParameterizedTest(autoCloseArguments = false) // the inputs are shared
  @MethodSource("layers")
  void aCopyComputesTheSameAndIsItsOwn(Layer layer, Tensor x, Tensor wrong) {
    try (Scope s = Scope.open()) {
      layer.eval();
      Layer copy = layer.copy();
      assertSame("output", copy.forward(x), layer.forward(x));
      Map<String, Tensor> before = layer.snapshot();
      copy.train().stored().values().forEach(t -> t.assign(t.value().add(1)));
      assertThat(layer.isTraining()).isFalse();
      layer.state().forEach((k, t) -> assertSame(k, t, before.get(k)));
    }
  }

  @ParameterizedTest(autoCloseArguments = false) // the inputs are shared
  @MethodSource("layers")
  void inferenceIsDeterministicAndLeavesTheStateAlone(Layer layer, Tensor x, Tensor wrong) {
    try (Scope s = Scope.open()) {
      Layer net = layer.copy().eval();
      Map<String, Tensor> before = net.snapshot();
      Tensor generator = Generator.current().state();
      Tensor first = net.forward(x);
      assertSame("output", net.forward(x), first);
      net.state().forEach((k, t) -> assertSame(k, t, before.get(k)));
      assertSame("generator", Generator.current().state(), generator);
    }
  }

  @ParameterizedTest(autoCloseArguments = false) // the inputs are shared
  @MethodSource("layers")
  void trainingIsDeterminedByTheSeed(Layer layer, Tensor x, Tensor wrong) {
    try (Scope s = Scope.open()) {
      Tensor first = trained(layer, x, 3);
      assertSame("output", trained(layer, x, 3), first);
    }
  }

  private static Tensor trained(Layer layer, Tensor x, long seed) {
    try (Generator.Use run = Generator.seeded(seed).use()) {
      return layer.copy().train().forward(x);
    }
  }

  @ParameterizedTest(autoCloseArguments = false) // the inputs are shared
  @MethodSource("layers")
  void aWrongInputIsRefusedByName(Layer layer, Tensor x, Tensor wrong) {
    if (wrong != null) {
      String named = layer.getClass().getSimpleName();
      String within = layer instanceof Sequential || layer instanceof Residual ? "Linear" : named;
      assertThatThrownBy(() -> layer.forward(wrong))
          .isInstanceOf(TensorException.class)
          .hasMessageStartingWith(within)
          .hasMessageContaining(": expected ")
          .hasMessageEndingWith("got " + wrong.describe());
    }
  }

  @ParameterizedTest(autoCloseArguments = false) // the inputs are shared
  @MethodSource("layers")
  void gradientsReachEveryParameter(Layer layer, Tensor x, Tensor wrong) {
    try (Scope s = Scope.open()) {
      Layer net = layer.copy().train();
      Tensor y = net.forward(x);
      if (!net.parameters().isEmpty()) {
        y.mul(normal(y.shape())).sum().backward();
        net.parameters().forEach((name, p) -> assertThat(p.grad()).as(name).isNotNull());
      }
    }
  }

  static List<Layer> composed() {
    return List.of(
        new MultiheadAttention(4, 2),
        new LSTM(4, 3, 2, true, true, 0),
        new GRU(4, 3, 2, true, true, 0),
        new Conv1d(3, 2, 3, 1, new long[] {1, 0}, 1, 1, true, PaddingMode.CIRCULAR),
        new BatchNorm1d(3));
  }

  /** In float64, where the fixtures' float32 cannot hide a small mistake. */
  @ParameterizedTest
  @MethodSource("composed")
  void gradientsEqualDifferences(Layer layer) {
    Gradients.check(layer, normal(2, 3, 4));
  }
}
