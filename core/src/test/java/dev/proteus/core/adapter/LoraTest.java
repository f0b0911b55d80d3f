package dev.proteus.core.adapter;

import static dev.proteus.core.adapter.LoraNetworks.folder;
import static dev.proteus.core.adapter.LoraNetworks.predict;
import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.Adapter;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Gradients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraTest {
  static Layer network(String name) {
    return LoraNetworks.of(name);
  }

  private static Tensor input(String name) {
    return Fixture.read("lora/" + name).get("x");
  }

  /** Adapters with a B that is not zero. */
  private static Adapter.Attached changed(Layer net, Lora lora) {
    Adapter.Attached attached = lora.attach(net);
    Generator random = Generator.seeded(8);
    attached.parameters().values().forEach(p -> p.assign(random.normal(0, 0.5, p.value().shape())));
    return attached;
  }

  @ParameterizedTest
  @ValueSource(strings = {"vision", "text"})
  void attachingChangesNoOutputAndDetachingRestoresTheNetwork(String name) {
    Layer net = network(name).eval();
    net.parameters().get("head.bias").trainable(false);
    Map<String, Tensor> before = net.snapshot();
    Tensor y = predict(net, input(name));
    Adapter.Attached attached = new Lora().attach(net);
    assertSame("attached", predict(net, input(name)), y);
    assertThat(net.trainable()).containsOnlyKeys(attached.parameters().keySet());
    Adapter.Attached other = attached;
    other.parameters().values().forEach(p -> p.assign(p.value().detach().add(0.3)));
    attached.merge();
    attached.detach();
    assertThat(net.state().keySet()).isEqualTo(before.keySet());
    net.state().forEach((path, t) -> assertSame(path, t, before.get(path)));
    assertThat(net.parameters().keySet().stream().filter(p -> !net.trainable().containsKey(p)))
        .containsExactly("head.bias");
    assertThatThrownBy(attached::merge).hasMessageContaining("detached");
  }

  @ParameterizedTest
  @ValueSource(strings = {"vision", "text"})
  void mergedIsUnmergedAndUnmergingRestoresBits(String name) {
    Layer net = network(name).eval();
    Tensor base = predict(net, input(name));
    Adapter.Attached attached = changed(net, new Lora(3, 5, 0.2, List.of("**")));
    net.eval();
    Map<String, Tensor> before = net.snapshot();
    Tensor y = predict(net, input(name));
    assertThat(y.allClose(base, 1e-2, 1e-2)).isFalse();
    attached.merge();
    attached.merge();
    assertThat(attached.isMerged()).isTrue();
    assertClose("merged", predict(net, input(name)), y, 1e-5);
    attached.unmerge();
    assertThat(attached.isMerged()).isFalse();
    net.state().forEach((path, t) -> assertSame(path, t, before.get(path)));
    assertSame("unmerged", predict(net, input(name)), y);
  }

  @Test
  void mergingIsExactInDoublePrecision() {
    Layer net = network("vision").to(DType.FLOAT64).eval();
    Adapter.Attached attached = changed(net, new Lora(3, 5, 0, List.of("**")));
    Tensor x = input("vision").to(DType.FLOAT64);
    Tensor y = predict(net, x);
    attached.merge();
    assertClose("merged", predict(net, x), y, 1e-13);
  }

  @Test
  void theFormulaIsThatOfThePaper() {
    Linear base = new Linear(6, 4);
    Layer net = new Sequential(base);
    Adapter.Attached attached = changed(net, new Lora(2, 3, 0, List.of("0")));
    net.to(DType.FLOAT64);
    Tensor x = Generator.seeded(1).normal(0, 1, 5, 6).to(DType.FLOAT64);
    Tensor a = attached.parameters().get("0.default.lora_A.weight").value();
    Tensor b = attached.parameters().get("0.default.lora_B.weight").value();
    Tensor w = base.weight().value().add(b.matmul(a).mul(3.0 / 2));
    assertClose("y", net.forward(x), x.matmul(w.t()).add(base.bias().value()), 1e-13);
    Gradients.check(net, x);
  }

  @Test
  void aStartsAsPyTorchsLinearAndBAtZero() {
    Adapter.Attached attached =
        new Lora(64, 8, 0, List.of("0")).attach(new Sequential(new Linear(100, 5)));
    Tensor a = attached.parameters().get("0.default.lora_A.weight").value();
    assertThat(a.abs().amax().item()).isBetween(0.099, 0.1);
    assertThat(a.square().mean().item()).isBetween(0.95 * 0.01 / 3, 1.05 * 0.01 / 3);
    assertThat(attached.parameters().get("0.default.lora_B.weight").value().abs().amax().item())
        .isZero();
  }

  @Test
  void dropoutIsOnTheAdaptersWayOnlyAndOnlyInTraining() {
    Layer net = new Sequential(new Linear(6, 4));
    Tensor x = Generator.seeded(1).normal(0, 1, 5, 6);
    Tensor base = predict(net, x);
    Adapter.Attached attached = changed(net, new Lora(2, 2, 0.9, List.of("0")));
    try (Generator.Use use = Generator.seeded(2).use()) {
      assertThat(predict(net, x).equal(predict(net, x))).isFalse();
    }
    attached.merge();
    net.eval(); // reaches the base only; the adapter follows when it is back
    attached.unmerge();
    assertSame("inference", predict(net, x), predict(net, x));
    attached.parameters().get("0.default.lora_B.weight").value();
    net.train();
    attached.parameters().get("0.default.lora_B.weight").assign(Tensor.zeros(4, 2));
    assertSame("base", predict(net, x), base);
  }

  @Test
  void aMayStartNormal() {
    Lora lora = MethodConfig.build(Lora.class, List.of("rank=50", "init=gaussian"));
    AttachedAdapter attached = lora.attach(new Sequential(new Linear(200, 5)));
    Tensor a = attached.parts(LoraPart.class).get("0").a().value();
    assertThat(a.square().mean().sqrt().item()).isBetween(0.97 / 50, 1.03 / 50);
    assertThat(a.abs().amax().item()).isGreaterThan(3.0 / 50);
  }

  @Test
  void doraSeesTheDroppedInputInTraining() {
    Layer net = new Sequential(new Linear(6, 4)).to(DType.FLOAT64);
    Lora lora =
        MethodConfig.build(
            Lora.class, List.of("rank=2", "alpha=3", "dropout=0.4", "dora=true", "targets=0"));
    LoraPart part = ((AttachedAdapter) changed(net, lora)).parts(LoraPart.class).get("0");
    Tensor w = net.state().get("0.base_layer.weight");
    Tensor bias = net.state().get("0.base_layer.bias");
    Tensor m = part.state().get("lora_magnitude_vector");
    Tensor x = Generator.seeded(1).normal(0, 1, 5, 6).to(DType.FLOAT64);
    Tensor dropped = F.dropout(x, 0.4, Generator.seeded(2));
    Tensor delta = part.product().mul(1.5);
    Tensor factor = m.div(w.add(delta).norm(2, new int[] {1}, false));
    Tensor expected =
        F.linear(x, w, bias)
            .add(F.linear(dropped, w, null).mul(factor.sub(1)))
            .add(F.linear(dropped, delta, null).mul(factor));
    try (Generator.Use use = Generator.seeded(2).use()) {
      assertClose("training", net.train().forward(x), expected, 1e-12);
    }
    Tensor rows = w.add(delta).mul(factor.unsqueeze(1));
    assertClose("inference", net.eval().forward(x), F.linear(x, rows, bias), 1e-12);
    assertClose("lengths", rows.norm(2, new int[] {1}, false), m.abs(), 1e-12);
  }

  @Property(tries = 40)
  void anyConvolutionIsMergedExactly(
      @ForAll @IntRange(min = 1, max = 4) int in,
      @ForAll @IntRange(min = 1, max = 4) int out,
      @ForAll @IntRange(min = 1, max = 3) int kernel,
      @ForAll @IntRange(min = 1, max = 2) int stride,
      @ForAll @IntRange(min = 0, max = 2) int padding,
      @ForAll @IntRange(min = 1, max = 5) int rank,
      @ForAll boolean dora) {
    Layer net =
        new Sequential(new Conv2d(in, out, kernel, stride, padding)).to(DType.FLOAT64).eval();
    Lora lora = MethodConfig.build(Lora.class, List.of("rank=" + rank, "dora=" + dora));
    Tensor x = Generator.seeded(1).normal(0, 1, 2, in, 5, 6).to(DType.FLOAT64);
    Adapter.Attached attached = changed(net, lora);
    Tensor y = predict(net.eval(), x);
    attached.merge();
    assertClose("merged", predict(net, x), y, 1e-11);
  }

  @Test
  void aTiedWeightIsNotMerged() {
    Parameter shared = new Linear(5, 5).weight();
    Layer net = new Sequential(new Linear(shared, null), new Linear(shared, null));
    assertThatThrownBy(() -> new Lora(2, 2, 0, List.of("1")).attach(net).merge())
        .hasMessageContaining("'1' is tied");
  }

  @Test
  void aLayerInTwoPlacesIsAdaptedOnce() {
    Linear twice = new Linear(5, 5);
    Layer net = new Sequential(twice, Activation.relu(), twice);
    Adapter.Attached attached = changed(net, new Lora(2, 2, 0, List.of("**")));
    assertThat(attached.parameters()).hasSize(2);
    Tensor x = Generator.seeded(1).normal(0, 1, 3, 5);
    Tensor y = predict(net, x);
    attached.merge();
    assertClose("merged", predict(net, x), y, 1e-5);
  }

  @Test
  void anAdapterTravelsWithACopyOfItsNetwork() {
    Layer net = network("vision").eval();
    changed(net, new Lora(2, 2, 0, List.of("**")));
    assertSame("copy", predict(net.eval().copy(), input("vision")), predict(net, input("vision")));
  }

  @Test
  void whatCannotBeAdaptedIsRefusedByName() {
    assertThatThrownBy(() -> new Lora(0, 8, 0, List.of("**"))).hasMessageContaining("rank");
    assertThatThrownBy(() -> new Lora(8, 8, 1, List.of("**"))).hasMessageContaining("dropout");
    assertThatThrownBy(() -> new Lora(8, 8, 0, List.of())).hasMessageContaining("targets");
    assertThatThrownBy(() -> new Lora(8, 8, 0, List.of("norm")).attach(network("text")))
        .hasMessageContaining("'norm' is a LayerNorm");
    Layer grouped = new Sequential(new Conv2d(4, 4, 3, 1, 1, 4, true));
    assertThatThrownBy(() -> new Lora(6, 8, 0, List.of("**")).attach(grouped))
        .hasMessageContaining("4 groups");
    assertThat(grouped.slot("0").get()).isInstanceOf(Conv2d.class);
    Adapter.Attached attached = new Lora().attach(grouped);
    assertThatThrownBy(attached::merge).hasMessageContaining("4 groups");
  }

  @Test
  void aFolderOfAnotherAdapterIsRefusedByKey(@TempDir Path temp) throws Exception {
    Adapter.Attached attached = Lora.read(folder("vision")).attach(network("vision"));
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(folder("vision").resolve(file), temp.resolve(file));
    }
    String text = Files.readString(temp.resolve("adapter_config.json"));
    for (Map.Entry<String, String> change :
        Map.of(
                "\"use_dora\": false", "\"use_dora\": true",
                "\"use_qalora\": false", "\"use_qalora\": true",
                "\"r\": 3", "\"r\": 4",
                "\"rank_pattern\": {}", "\"rank_pattern\": {\"conv\": 2}",
                "\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"",
                "\"bias\": \"none\"", "\"bias\": \"all\"",
                "\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"")
            .entrySet()) {
      String key = change.getKey().split("\"", -1)[1];
      assertThat(text).contains(change.getKey());
      Files.writeString(
          temp.resolve("adapter_config.json"), text.replace(change.getKey(), change.getValue()));
      assertThatThrownBy(() -> attached.load(temp)).hasMessageContaining(key);
    }
    Adapter.Attached fewer = new Lora(3, 6, 0, List.of("conv")).attach(network("vision"));
    assertThatThrownBy(() -> fewer.load(folder("vision"))).hasMessageContaining("besides");
    assertThatThrownBy(() -> Lora.read(temp.resolve("nowhere")))
        .hasMessageContaining("no adapter_config.json");
  }
}
