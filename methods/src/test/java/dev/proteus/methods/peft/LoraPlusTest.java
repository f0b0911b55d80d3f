package dev.proteus.methods.peft;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Reference;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

@Exact("lora-plus")
class LoraPlusTest {
  private static final Tensor X = Generator.seeded(4).normal(0, 1, 16, 6).to(DType.FLOAT64);
  private static final Tensor Y = Generator.seeded(5).normal(0, 1, 16, 2).to(DType.FLOAT64);

  /** An adapted network; B is not zero, so that A has a gradient. */
  private static Layer adapted() {
    try (Generator.Use use = Generator.seeded(6).use()) {
      Layer net = new Sequential(new Linear(6, 8), Activation.relu(), new Linear(8, 2));
      Adapter.Attached attached = new Lora(2, 4, 0, List.of("**")).attach(net);
      attached
          .parameters()
          .values()
          .forEach(p -> p.assign(Generator.current().normal(0, 0.5, p.value().shape())));
      return net.to(DType.FLOAT64);
    }
  }

  /** The network of {@code reference/make_lora_fixtures.py}. */
  private static Layer text() {
    return new Sequential()
        .add("embedding", new Embedding(11, 6))
        .add("pool", new MeanOverTime())
        .add("norm", new LayerNorm(6))
        .add("fc", new Linear(6, 8))
        .add("relu", Activation.relu())
        .add("head", new Linear(8, 3));
  }

  private static final class MeanOverTime extends Layer {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      return x.mean(1);
    }
  }

  private static Path folder() throws URISyntaxException {
    return Path.of(LoraPlusTest.class.getResource("/fixtures/lora/text").toURI());
  }

  private static void train(Layer net, Stepper stepper, int steps) {
    for (int i = 0; i < steps; i++) {
      try (Scope s = Scope.open()) {
        stepper.zeroGrad();
        F.mse(net.forward(X), Y).backward();
        stepper.step();
      }
    }
  }

  @Test
  void everyTrainableTensorIsInExactlyOneGroup() {
    Layer net = text();
    new Lora().attach(net);
    Surgery.unfreeze(net, "norm.**", "head.base_layer.**");
    List<Group> groups = new LoraPlus(1e-3, 4).on(net).groups();
    assertThat(groups.stream().map(g -> g.parameters().keySet()))
        .containsExactly(
            Set.of(
                "fc.default.lora_A.weight", "head.default.lora_A.weight", "head.base_layer.weight"),
            Set.of("embedding.default.lora_embedding_A", "embedding.default.lora_embedding_B"),
            Set.of("fc.default.lora_B.weight", "head.default.lora_B.weight"),
            Set.of("norm.weight", "norm.bias", "head.base_layer.bias"));
    assertThat(groups.stream().mapToInt(g -> g.parameters().size()).sum())
        .isEqualTo(net.trainable().size());
    assertThat(groups.get(3).rule()).isEqualTo(new AdamW(1e-3, 0.9, 0.99, 1e-8, 0, false));
  }

  @Test
  void ratioOneIsPlainTrainingBitForBit() {
    Layer plain = adapted();
    Layer plus = adapted();
    train(plain, new AdamW(0.01, 0.9, 0.99, 1e-8, 0.1, false).on(plain), 7);
    train(plus, new LoraPlus(0.01, 1, 0.1, 1e-6, 0.9, 0.99, 1e-8).on(plus), 7);
    plain.state().forEach((path, t) -> assertSame(path, plus.state().get(path), t));
  }

  @Test
  void aFirstStepOfGradientDescentIsRatioTimesLongerInBAndTheSameInA() {
    double ratio = 16;
    Map<String, Tensor> before = adapted().snapshot();
    Layer plain = adapted();
    Layer plus = adapted();
    Optimizer sgd = new Sgd(0.01, 0);
    train(plain, sgd.on(plain), 1);
    train(
        plus,
        new Stepper(new LoraPlus(0.01, ratio).groups(plus.trainable(), Set.of(), sgd, sgd)),
        1);
    plain
        .trainable()
        .forEach(
            (path, p) -> {
              Tensor step = p.value().sub(before.get(path));
              Tensor got = plus.parameters().get(path).value().sub(before.get(path));
              assertThat(step.norm().item()).as(path).isPositive();
              double times = path.contains("lora_B") ? ratio : 1;
              assertThat(got.norm().item() / step.norm().item())
                  .as(path)
                  .isCloseTo(times, within(1e-9));
            });
  }

  @Test
  void aScheduleKeepsTheRatio() {
    Layer net = adapted();
    Stepper stepper = new LoraPlus(0.02, 16).on(net).schedule(new Schedule.Cosine(10, 0));
    Group a = stepper.groups().get(0);
    Group b = stepper.groups().get(2);
    for (int i = 0; i < 9; i++) {
      assertThat(stepper.lr(b)).isCloseTo(16 * stepper.lr(a), within(1e-15));
      train(net, stepper, 1);
    }
    assertThat(stepper.lr(a)).isLessThan(0.01);
  }

  @Test
  @Reference("lora-plus")
  void trainsAsPeftsOptimizerDoes() throws URISyntaxException {
    Fixture text = Fixture.read("lora/text");
    Fixture f = Fixture.read("lora/plus");
    JsonNode c = f.config();
    Layer net = text();
    net.load(text.group("base."));
    Lora.load(net, "default", folder());
    Surgery.unfreeze(net, "norm.**", "head.**");
    net.eval(); // PEFT's network was in inference mode: no dropout
    Stepper stepper =
        new LoraPlus(
                c.get("lr").asDouble(),
                c.get("loraplus_lr_ratio").asDouble(),
                c.get("loraplus_weight_decay").asDouble(),
                c.get("loraplus_lr_embedding").asDouble(),
                0.9,
                0.99,
                1e-8)
            .on(net);
    for (int i = 0; i < 5; i++) {
      try (Scope s = Scope.open()) {
        stepper.zeroGrad();
        F.crossEntropy(net.forward(text.get("x")), f.get("target")).backward();
        stepper.step();
      }
    }
    Map<String, Tensor> after = f.group("after.base_model.model.");
    Map<String, Parameter> trained = new LinkedHashMap<>();
    net.trainable().forEach((path, p) -> trained.put(path.replace(".default", ""), p));
    assertThat(trained.keySet()).isEqualTo(after.keySet());
    after.forEach((path, t) -> assertClose(path, trained.get(path).value(), t, 1e-5));
  }

  @Test
  void badSettingsAreRefusedByName() {
    assertThatThrownBy(() -> new LoraPlus(1e-3, 0)).hasMessageContaining("ratio");
    assertThatThrownBy(() -> new LoraPlus(0, 4)).hasMessageContaining("lr");
    assertThatThrownBy(() -> new LoraPlus(1, 4, 0, -1, 0.9, 0.9, 0))
        .hasMessageContaining("embeddingLr");
  }
}
