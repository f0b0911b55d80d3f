package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.method.Method;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.GlobalAvgPool;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.binary.LatentWeights;
import dev.proteus.methods.binary.XnorNet;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Networks and data that contract tests run methods on. */
final class Subjects {
  private static final int SIDE = 12;
  private static final int CLASSES = 10;

  private Subjects() {}

  /**
   * A network with something for every method in it: convolutions, batch norms, numbered blocks, a
   * slot {@code features}, a pre-LN residual stream, linear layers, and a linear head at its end. A
   * method that needs more than this says so here.
   */
  static Layer network(Method method, long seed) {
    Layer net = seeded(seed, Subjects::sequential);
    if (method instanceof LatentWeights) {
      net = seeded(seed, () -> new XnorNet().apply(sequential()));
    }
    return used(net);
  }

  static Layer resNet() {
    return used(seeded(5, () -> new ResNet(ResNetConfig.small(1, CLASSES))));
  }

  private static Layer sequential() {
    return new Sequential()
        .add("stem", new Conv2d(1, 16, 3, 1, 1))
        .add("blocks", new Sequential(block(), block()))
        .add("pool", new GlobalAvgPool())
        .add("features", new Linear(16, 24))
        .add(
            "residual",
            new Residual(
                new Sequential(
                    new LayerNorm(24), new Linear(24, 32), Activation.relu(), new Linear(32, 24))))
        .add("norm", new LayerNorm(24))
        .add("head", new Linear(24, CLASSES));
  }

  private static Layer block() {
    return new Sequential(
        new BatchNorm2d(16), Activation.relu(), new Conv2d(16, 16, 3, 1, 1), Activation.relu());
  }

  /** With statistics of batches that are not the initial ones, in evaluation mode. */
  private static Layer used(Layer net) {
    for (int i = 0; i < 3; i++) {
      long seed = 50L + i;
      Autograd.noGrad(() -> net.forward(images(seed)));
    }
    return net.eval();
  }

  /** Images [16, 1, 12, 12]. */
  static Tensor images(long seed) {
    return Generator.seeded(seed).normal(0.5, 2, 16, 1, SIDE, SIDE);
  }

  /** Images with classes. */
  static Batch batch(long seed) {
    return new Batch(images(seed), Generator.seeded(seed + 1000).integers(0, CLASSES, 16));
  }

  /** What the networks may have been trained on. */
  static Dataset source() {
    Batch b = batch(77);
    return new TensorDataset(b.input(), b.target(), CLASSES);
  }

  static Tensor predict(Layer net, Tensor x) {
    return seeded(9, () -> Autograd.noGrad(() -> net.forward(x)));
  }

  /** Leaves the gradients of the cross entropy of a batch. */
  static void backward(Layer net, long seed) {
    Batch b = batch(seed);
    Tensor x = b.input().to(net.parameters().values().iterator().next().value().dtype());
    F.crossEntropy(seeded(seed, () -> net.forward(x)), b.target()).backward();
  }

  /** With all that {@code f} draws from this seed. */
  static <T> T seeded(long seed, Supplier<T> f) {
    try (Generator.Use use = Generator.seeded(seed).use()) {
      return f.get();
    }
  }

  static void assertSameState(String what, Map<String, Tensor> now, Map<String, Tensor> before) {
    assertThat(now.keySet()).as(what).containsExactlyElementsOf(before.keySet());
    now.forEach((name, t) -> assertSame(what + ": " + name, t, before.get(name)));
  }

  /** What a method must give back of a network that it was lent. */
  record Lent(
      Layer net,
      Map<String, Layer> layers,
      Map<String, Boolean> training,
      Map<String, Boolean> trainable,
      Map<String, Tensor> state) {

    /** Mixed modes and frozen parameters, so that setting all alike is not restoring them. */
    static Lent of(Layer net) {
      net.slots().values().stream()
          .filter(s -> s.get() instanceof Activation || s.get().slots().isEmpty())
          .limit(2)
          .forEach(s -> s.get().trainAlone(true));
      net.parameters().values().stream().skip(1).limit(2).forEach(p -> p.trainable(false));
      return asItIs(net);
    }

    static Lent asItIs(Layer net) {
      Map<String, Layer> layers = new LinkedHashMap<>();
      Map<String, Boolean> training = new LinkedHashMap<>();
      net.slots()
          .forEach(
              (path, slot) -> {
                layers.put(path, slot.get());
                training.put(path, slot.get().isTraining());
              });
      training.put("", net.isTraining());
      Map<String, Boolean> trainable = new LinkedHashMap<>();
      net.parameters().forEach((path, p) -> trainable.put(path, p.isTrainable()));
      return new Lent(net, layers, training, trainable, net.snapshot());
    }

    void assertBack() {
      Lent now = asItIs(net);
      assertThat(now.layers.keySet()).as("paths").isEqualTo(layers.keySet());
      layers.forEach((path, l) -> assertThat(now.layers.get(path)).as(path).isSameAs(l));
      assertThat(now.training).as("modes").isEqualTo(training);
      assertThat(now.trainable).as("trainable parameters").isEqualTo(trainable);
      assertSameState("state", now.state, state);
    }
  }
}
