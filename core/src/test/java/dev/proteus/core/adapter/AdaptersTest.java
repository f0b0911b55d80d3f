package dev.proteus.core.adapter;

import static dev.proteus.core.adapter.LoraNetworks.loaded;
import static dev.proteus.core.adapter.LoraNetworks.predict;
import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdaptersTest {
  private final Tensor x = Fixture.read("lora/several").get("x");
  private final Layer net = loaded("several");
  private final Tensor base = predict(net, x);

  private static Lora lora(String... values) {
    return MethodConfig.build(Lora.class, List.of(values));
  }

  /** Attached with values that are not the first ones. */
  private static AttachedAdapter attach(Layer net, String name, Lora lora) {
    AttachedAdapter attached = lora.attach(net, name);
    Generator random = Generator.seeded(name.hashCode());
    attached
        .parameters()
        .forEach(
            (path, p) -> {
              Tensor noise = random.normal(0, 0.3, p.value().shape());
              p.assign(path.contains("lora_") ? noise : p.value().detach().add(noise));
            });
    net.eval();
    return attached;
  }

  private Adapters three() {
    attach(net, "a", lora("rank=2", "targets=mlp,c_attn"));
    attach(net, "b", lora("rank=3", "targets=mlp,conv", "bias=only", "loraBias=true"));
    attach(net, "c", lora("rank=2", "targets=wte,mlp", "modulesToSave=score"));
    return Adapters.of(net);
  }

  private Tensor with(String... names) {
    return Adapters.ACTIVE.with(List.of(names), () -> predict(net, x));
  }

  @Test
  void theLastOneAttachedIsActiveAndTrainable() {
    Adapters adapters = three();
    assertThat(adapters.names()).containsExactly("a", "b", "c");
    assertThat(adapters.active()).containsExactly("c");
    assertThat(net.trainable()).isEqualTo(adapters.get("c").parameters());
    adapters.train("a", "b");
    assertThat(net.trainable().keySet())
        .containsExactlyInAnyOrderElementsOf(
            concat(
                adapters.get("a").parameters().keySet(), adapters.get("b").parameters().keySet()));
    assertSame("training is not activating", predict(net, x), with("c"));
  }

  private static List<String> concat(Iterable<String> a, Iterable<String> b) {
    List<String> all = new ArrayList<>();
    a.forEach(all::add);
    b.forEach(all::add);
    return all;
  }

  @Test
  void withoutActiveAdaptersTheNetworkIsTheBaseBitForBit() {
    Adapters adapters = three();
    assertSame("in a call", with(), base);
    adapters.activate();
    assertSame("from now on", predict(net, x), base);
    assertThat(with("a").allClose(base, 1e-2, 1e-2)).isFalse();
    assertSame("after the call", predict(net, x), base);
  }

  @Test
  void adaptersOfSumsAddUp() {
    three();
    Tensor w = net.state().get("h.0.mlp.base_layer.weight");
    AdaptedLayer mlp = (AdaptedLayer) net.slot("h.0.mlp").get();
    Tensor a = mlp.merge(List.of("a")).weight().sub(w);
    Tensor b = mlp.merge(List.of("b")).weight().sub(w);
    assertClose("sum", mlp.merge(List.of("b", "a")).weight().sub(w), a.add(b), 1e-6);
  }

  @Test
  void eachRowHasItsOwnAdapter() {
    three();
    List<String> rows = List.of("c", Adapters.NONE, "b", "c", "a");
    Tensor y = Adapters.ROWS.with(rows, () -> predict(net, x));
    for (int i = 0; i < rows.size(); i++) {
      Tensor alone = rows.get(i).equals(Adapters.NONE) ? base : with(rows.get(i));
      assertClose("row " + i, y.select(0, i), alone.select(0, i), 1e-6);
    }
    assertSame("base row", y.select(0, 1), base.select(0, 1));
    List<String> same = List.of("a", "a", "a", "a", "a");
    assertClose("one for all", Adapters.ROWS.with(same, () -> predict(net, x)), with("a"), 1e-6);
  }

  @Test
  void rowsLearnOnlyTheirAdapter() {
    Adapters adapters = three();
    adapters.train("a", "b", "c");
    List<String> rows = List.of("a", "b", Adapters.NONE, "a", "b");
    Adapters.ROWS.with(rows, () -> net.forward(x)).square().sum().backward();
    adapters.get("a").parameters().forEach((n, p) -> assertThat(p.grad()).as(n).isNotNull());
    adapters.get("c").parameters().forEach((n, p) -> assertThat(p.grad()).as(n).isNull());
  }

  @Test
  void rowsThatDoNotFitAreRefused() {
    three();
    assertThatThrownBy(() -> Adapters.ROWS.with(List.of("a"), () -> predict(net, x)))
        .hasMessageContaining("1 rows, for as many adapters in Adapters.ROWS")
        .hasMessageContaining("[5, 7, 8]");
    List<String> unknown = List.of("a", "a", "z", "a", "a");
    assertThatThrownBy(() -> Adapters.ROWS.with(unknown, () -> predict(net, x)))
        .hasMessageContaining("no adapter 'z'")
        .hasMessageContaining("[a, b, c]");
    assertThatThrownBy(() -> with("z")).hasMessageContaining("no adapter 'z'");
  }

  @Test
  void everySubsetOfAdaptersThatAddIsMergedExactly() {
    Adapters adapters = three();
    attach(net, "d", lora("rank=2", "targets=all-linear", "rslora=true"));
    Map<String, Tensor> before = net.snapshot();
    adapters.activate("d", "a", "c");
    Tensor y = predict(net, x);
    for (String names : List.of("", "a", "c", "d", "ac", "cd", "da", "acd")) {
      adapters.merge(names.isEmpty() ? new String[0] : names.split(""));
      assertClose("merged " + names, predict(net, x), y, 1e-5);
    }
    adapters.get("a").unmerge();
    assertThat(adapters.merged()).containsExactly("d", "c");
    assertClose("a unmerged", predict(net, x), y, 1e-5);
    adapters.merge();
    adapters.merge(); // once is enough
    assertClose("merged twice", predict(net, x), y, 1e-5);
    adapters.unmerge();
    net.state().forEach((path, t) -> assertSame(path, t, before.get(path)));
    assertSame("unmerged", predict(net, x), y);
  }

  @Test
  void whatDependsOnOtherWeightsIsMergedTogetherOrNotAtAll() {
    Adapters adapters = three();
    attach(net, "dora", lora("rank=2", "targets=mlp", "dora=true"));
    adapters.activate("a", "dora", "b");
    Tensor y = predict(net, x);
    Map<String, Tensor> before = net.snapshot();
    for (String[] some : List.of(new String[] {"dora"}, new String[] {"a", "dora"})) {
      assertThatThrownBy(() -> adapters.merge(some))
          .hasMessageContaining("'h.0.mlp'")
          .hasMessageContaining("[a, dora, b]")
          .hasMessageContaining("all of them or none");
    }
    net.state().forEach((path, t) -> assertSame(path, t, before.get(path)));
    adapters.merge();
    assertClose("all", predict(net, x), y, 1e-5);
    assertThatThrownBy(() -> adapters.merge("dora")).hasMessageContaining("all of them or none");
    assertClose("still merged", predict(net, x), y, 1e-5);
    assertThat(adapters.merged()).containsExactly("a", "dora", "b");
  }

  @Test
  void mergingThatWouldChangeWhatIsComputedIsRefused() {
    Adapters adapters = three();
    assertThatThrownBy(() -> adapters.merge("a")).hasMessageContaining("'a' is not active");
    assertThatThrownBy(() -> Adapters.ROWS.with(List.of("a"), () -> run(() -> adapters.merge("c"))))
        .hasMessageContaining("inside a call");
    adapters.merge();
    assertThatThrownBy(() -> with("a")).hasMessageContaining("[c] are merged");
    assertThatThrownBy(() -> adapters.activate("a")).hasMessageContaining("[c] are merged");
    List<String> rows = List.of("c", "c", "c", "c", "c");
    assertThatThrownBy(() -> Adapters.ROWS.with(rows, () -> predict(net, x)))
        .hasMessageContaining("[c] are merged");
    assertThatThrownBy(() -> lora("targets=mlp").attach(net, "d"))
        .hasMessageContaining("[c] are merged");
  }

  private static Void run(Runnable r) {
    r.run();
    return null;
  }

  @Test
  void aWeightThatIsNoNumberIsNotMerged() {
    AttachedAdapter a = attach(net, "a", lora("targets=mlp"));
    Map<String, Tensor> before = net.snapshot();
    Parameter b = a.parameters().get("h.1.mlp.a.lora_B.weight");
    b.assign(b.value().mul(Double.NaN));
    assertThatThrownBy(a::merge).hasMessageContaining("'h.1.mlp'");
    assertSame(
        "weight",
        net.state().get("h.0.mlp.base_layer.weight"),
        before.get("h.0.mlp.base_layer.weight"));
    assertThat(a.isMerged()).isFalse();
  }

  @Test
  void detachingOneLeavesTheOthers() {
    Adapters adapters = three();
    Tensor a = with("a");
    Tensor c = with("c");
    adapters.activate("a", "c");
    Tensor both = predict(net, x);
    adapters.merge("a", "c");
    adapters.get("b").detach();
    assertClose("merged still", predict(net, x), both, 1e-5);
    AttachedAdapter ofC = adapters.get("c");
    ofC.detach();
    assertThat(adapters.merged()).containsExactly("a");
    assertClose("a", predict(net, x), a, 1e-5);
    adapters.unmerge();
    assertSame("a", predict(net, x), a);
    assertThat(adapters.names()).containsExactly("a");
    assertThatThrownBy(ofC::parameters).hasMessageContaining("'c' was detached");
    assertThat(c.allClose(a, 1e-3, 1e-3)).isFalse();
    adapters.detach();
    assertSame("base", predict(net, x), base);
    assertThat(net.state().keySet()).isEqualTo(loaded("several").state().keySet());
    assertThat(net.trainable()).hasSameSizeAs(net.parameters());
  }

  @Test
  void detachingClearsGradientsOfTheBase() {
    AttachedAdapter a = attach(net, "a", lora("targets=mlp"));
    net.parameters().get("h.0.ln.weight").trainable(true);
    net.forward(x).sum().backward();
    a.detach();
    net.parameters().forEach((path, p) -> assertThat(p.grad()).as(path).isNull());
  }

  @Test
  void mergedForGoodItIsAPlainNetwork() {
    Adapters adapters = three();
    adapters.activate("a", "c");
    Tensor y = predict(net, x);
    adapters.mergeAndUnload();
    assertClose("y", predict(net, x), y, 1e-5);
    Layer plain = loaded("several");
    plain.load(net.state());
    assertSame("loaded", predict(plain, x), predict(net, x));
    assertThat(Adapters.of(net).names()).isEmpty();
  }

  @Test
  void aCopyHasAdaptersOfItsOwn() {
    Adapters adapters = three();
    adapters.activate("a", "c");
    adapters.merge();
    Layer copy = net.copy();
    adapters.detach();
    Adapters ofCopy = Adapters.of(copy);
    assertThat(ofCopy.merged()).containsExactly("a", "c");
    ofCopy.unmerge();
    ofCopy.activate();
    assertSame("base", predict(copy, x), base);
    ofCopy.detach();
    assertThat(copy.state().keySet()).isEqualTo(net.state().keySet());
  }

  @Test
  void twoThatReplaceAModuleAreNotActiveTogether() {
    attach(net, "a", lora("targets=mlp", "modulesToSave=score"));
    attach(net, "b", lora("targets=mlp", "modulesToSave=score"));
    attach(net, "inside", lora("targets=score"));
    Adapters adapters = Adapters.of(net);
    assertThatThrownBy(() -> adapters.activate("a", "b")).hasMessageContaining("modulesToSave");
    assertThatThrownBy(() -> with("inside", "a")).hasMessageContaining("modulesToSave");
    List<String> rows = List.of("a", "b", "inside", "a", Adapters.NONE);
    Tensor y = Adapters.ROWS.with(rows, () -> predict(net, x));
    assertClose("row", y.select(0, 1), with("b").select(0, 1), 1e-6);
    adapters.activate("a");
    adapters.merge();
    assertClose("merged", predict(net, x), rowsOf("a"), 1e-5);
  }

  private Tensor rowsOf(String name) {
    Adapters.of(net).unmerge();
    return with(name);
  }

  @Test
  void aModuleToSaveMayHoldLayersThatOthersAdapt() {
    Layer nested =
        new Sequential()
            .add("body", new Sequential(new Linear(4, 4), Activation.relu()))
            .add("head", new Sequential(new Linear(4, 4), Activation.relu(), new Linear(4, 2)));
    Tensor in = Generator.seeded(1).normal(0, 1, 3, 4);
    Tensor before = predict(nested.eval(), in);
    attach(nested, "a", lora("targets=head.0,body.0"));
    Tensor a = predict(nested, in);
    AttachedAdapter b = attach(nested, "b", lora("targets=body.0", "modulesToSave=head"));
    assertThat(b.parameters().keySet())
        .contains("head.b.module.0.weight", "body.0.b.lora_A.weight");
    attach(nested, "c", lora("targets=head.2"));
    Adapters adapters = Adapters.of(nested);
    adapters.activate("b");
    Tensor ofB = predict(nested, in);
    adapters.merge();
    assertClose("b", predict(nested, in), ofB, 1e-5);
    adapters.unmerge();
    assertSame("a", Adapters.ACTIVE.with(List.of("a"), () -> predict(nested, in)), a);
    adapters.detach();
    assertSame("base", predict(nested, in), before);
  }

  @Test
  void namesAreChecked() {
    Adapters adapters = three();
    for (String bad : List.of("", "a.b", Adapters.NONE, "base_layer")) {
      assertThatThrownBy(() -> lora("targets=mlp").attach(net, bad))
          .hasMessageContaining("letters, digits");
    }
    assertThatThrownBy(() -> lora("targets=mlp").attach(net, "a"))
        .hasMessageContaining("there is an adapter 'a'");
    assertThatThrownBy(() -> adapters.get("z")).hasMessageContaining("[a, b, c]");
    assertThatThrownBy(() -> adapters.activate("a", "a")).hasMessageContaining("twice");
  }

  @Test
  void aFailedAttachChangesNothing() {
    List<String> paths = List.copyOf(net.state().keySet());
    assertThatThrownBy(() -> lora("targets=mlp", "modulesToSave=nowhere").attach(net, "a"))
        .hasMessageContaining("modulesToSave")
        .hasMessageContaining("score");
    assertThatThrownBy(() -> Lora.load(net, "a", LoraNetworks.folder("vision")))
        .hasMessageContaining("targets");
    assertThatThrownBy(() -> Lora.load(net, "a", LoraNetworks.folder("text")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(net.state().keySet()).containsExactlyElementsOf(paths);
    assertThat(net.trainable()).hasSameSizeAs(net.parameters());
    assertSame("base", predict(net, x), base);
  }

  @Test
  void sumsOfWhatHasNoSumAreRefused() {
    Adapters adapters = three();
    attach(net, "dora", lora("rank=2", "targets=mlp", "dora=true"));
    attach(net, "d", lora("rank=2", "targets=mlp", "modulesToSave=score"));
    assertThatThrownBy(() -> LoraSum.CAT.add(adapters, "s", Map.of("dora", 1.0)))
        .hasMessageContaining("'dora' has more to it");
    assertThatThrownBy(() -> LoraSum.CAT.add(adapters, "s", Map.of("c", 1.0, "d", 1.0)))
        .hasMessageContaining("modules to save");
    attach(net, "three", lora("rank=3", "targets=mlp"));
    assertThatThrownBy(() -> LoraSum.LINEAR.add(adapters, "s", Map.of("a", 1.0, "three", 1.0)))
        .hasMessageContaining("equal ranks");
    LoraSum.CAT.add(adapters, "s", Map.of("a", 1.0, "c", 1.0));
    assertThat(adapters.active()).containsExactly("three");
    adapters.activate("a", "c");
    Tensor y = predict(net, x);
    assertClose("with a head", with("s"), y, 1e-5);
    new AdapterWithHead(lora("targets=mlp"), List.of("score")).attach(net, "headed");
    LoraSum.SVD.add(adapters, "half", Map.of("headed", 0.5), 3);
    assertThat(adapters.get("half").parameters()).containsKey("score.half.module.weight");
  }
}
