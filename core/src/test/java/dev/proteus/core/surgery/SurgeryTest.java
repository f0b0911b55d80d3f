package dev.proteus.core.surgery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.PReLU;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SurgeryTest {
  private static Sequential net() {
    return new Sequential()
        .add("fc1", new Linear(4, 4))
        .add("act", Activation.relu())
        .add("fc2", new Linear(4, 4));
  }

  private static Map<String, Layer> layers(Layer net) {
    Map<String, Layer> all = new LinkedHashMap<>();
    net.slots().forEach((path, slot) -> all.put(path, slot.get()));
    return all;
  }

  @Test
  void undoPutsTheVeryLayersBack() {
    Layer net = net();
    Map<String, Layer> before = layers(net);
    Tensor x = Tensor.linspace(-1, 1, 4);
    Tensor y = net.forward(x);
    try (Edit edit = Surgery.replace(net, Select.type(net, Linear.class), Residual::new)) {
      assertThat(layers(net)).containsEntry("fc1.body", before.get("fc1"));
      assertThat(net.slot("fc2").get()).isInstanceOf(Residual.class);
      assertThat(net.forward(x).equal(y)).isFalse();
    }
    assertThat(layers(net)).isEqualTo(before);
    assertThat(net.forward(x).toBytes()).isEqualTo(y.toBytes());
  }

  @Test
  void editsNestAndRefuseAnotherOrder() {
    Layer net = net();
    Map<String, Layer> before = layers(net);
    Edit outer = Surgery.replace(net, Select.paths(net, "fc*"), Residual::new);
    Map<String, Layer> between = layers(net);
    Edit inner = Surgery.replace(net, Select.paths(net, "fc2", "fc1.body"), Residual::new);
    assertThatThrownBy(outer::undo)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'fc2'");
    inner.undo();
    inner.undo();
    assertThat(layers(net)).isEqualTo(between);
    outer.undo();
    assertThat(layers(net)).isEqualTo(before);
  }

  @Test
  void parentsAndChildrenMayBeReplacedTogether() {
    Layer net = new Sequential().add("block", net());
    Map<String, Layer> before = layers(net);
    Edit edit = Surgery.replace(net, Select.paths(net, "**"), Residual::new);
    assertThat(net.slot("block.body.fc1.body").get()).isSameAs(before.get("block.fc1"));
    edit.undo();
    assertThat(layers(net)).isEqualTo(before);
  }

  private static final class Strict extends Layer {
    Strict() {
      slot("any", new Linear(4, 4));
      slot("strict", Linear.class, new Linear(4, 4));
    }
  }

  @Test
  void aRefusedReplacementChangesNothing() {
    Layer net = new Strict();
    Map<String, Layer> before = layers(net);
    assertThatThrownBy(() -> Surgery.replace(net, Select.paths(net, "*"), Residual::new))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'strict'");
    assertThat(layers(net)).isEqualTo(before);
    assertThatThrownBy(() -> Surgery.replace(net, Select.paths(net, "*"), l -> null))
        .hasMessageContaining("null");
  }

  @Test
  void aSharedLayerStaysShared() {
    Linear tied = new Linear(4, 4);
    Layer net = new Sequential(tied, Activation.relu(), tied);
    List<Layer> asked = new ArrayList<>();
    try (Edit edit =
        Surgery.replace(
            net,
            Select.type(net, Linear.class),
            l -> {
              asked.add(l);
              return new Residual(l);
            })) {
      assertThat(asked).containsExactly(tied);
      assertThat(net.slot("0").get()).isSameAs(net.slot("2").get());
    }
    Sequential block = new Sequential().add("fc", tied);
    Layer twice = new Sequential(block, block);
    try (Edit edit = Surgery.replace(twice, twice.slots(), Residual::new)) {
      assertThat(twice.slot("1.body.fc.body").get()).isSameAs(tied);
    }
    assertThat(twice.slot("1.fc").get()).isSameAs(tied);
  }

  @Test
  void newLayersTakeOverModeAndTypeOldOnesKeepTheirs() {
    Sequential net = net();
    net.to(DType.FLOAT64).eval();
    net.slot("fc2").get().train();
    net.slot("fc1").get().ownParameters().get("bias").replace(Tensor.zeros(4));
    List<Layer> fresh = new ArrayList<>();
    Surgery.replace(
        net,
        Select.paths(net, "fc*"),
        l -> {
          fresh.add(new Linear(4, 4));
          Layer chosen = new Linear(4, 4).to(DType.BFLOAT16);
          fresh.add(chosen);
          return new Residual(l, new Sequential(fresh.get(fresh.size() - 2), chosen, l));
        });
    assertThat(net.slot("fc1").get().isTraining()).isFalse();
    assertThat(net.slot("fc2").get().isTraining()).isTrue();
    assertThat(fresh).extracting(Layer::isTraining).containsExactly(false, false, true, true);
    assertThat(net.slot("fc1.body").get().isTraining()).isFalse();
    assertThat(net.slot("fc2.body").get().isTraining()).isTrue();
    assertThat(fresh.get(0).state().get("weight").dtype()).isEqualTo(DType.FLOAT64);
    assertThat(fresh.get(1).state().get("weight").dtype()).isEqualTo(DType.BFLOAT16);
    // It was there before, in a type of its own.
    assertThat(net.state().get("fc1.body.bias").dtype()).isEqualTo(DType.FLOAT32);
    assertThat(fresh.get(0).trainable()).containsOnlyKeys("weight", "bias");
  }

  @Test
  void whereTheOldLayerHasNoTensorsTheOwnersTypeCounts() {
    Layer net = net().to(DType.FLOAT64);
    Surgery.replace(net, Select.paths(net, "act"), l -> new PReLU());
    assertThat(net.state().get("act.weight").dtype()).isEqualTo(DType.FLOAT64);
    assertThat(net.forward(Tensor.linspace(-1, 1, 4).reshape(1, 4).to(DType.FLOAT64)).isFinite())
        .isTrue();
    Layer bare = new Sequential(new Dropout(0.5));
    Surgery.replace(bare, Select.paths(bare, "0"), l -> new BatchNorm2d(2));
    assertThat(bare.state().get("0.weight").dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void observersSeeEverySelectedSlotUntilClosed() {
    Layer net = net();
    List<String> seen = new ArrayList<>();
    Tensor x = Tensor.ones(2, 4);
    try (Slot.Observation o =
        Surgery.observe(
            Select.paths(net, "fc*"),
            (path, in, out) -> {
              seen.add(path);
              assertThat(out.equal(net.slot(path).get().forward(in))).isTrue();
            })) {
      net.forward(x);
    }
    net.forward(x);
    assertThat(seen).containsExactly("fc1", "fc2");
  }

  @Test
  void parametersAreFrozenByPath() {
    Layer net = net();
    assertThat(Surgery.freeze(net, "fc1.**", "**.bias"))
        .containsOnlyKeys("fc1.weight", "fc1.bias", "fc2.bias");
    assertThat(net.trainable()).containsOnlyKeys("fc2.weight");
    net.forward(Tensor.ones(1, 4)).sum().backward();
    assertThat(net.parameters().get("fc1.weight").grad()).isNull();
    assertThat(net.parameters().get("fc2.weight").grad()).isNotNull();
    Surgery.unfreeze(net, "*.bias");
    assertThat(net.trainable()).containsOnlyKeys("fc1.bias", "fc2.weight", "fc2.bias");
    assertThatThrownBy(() -> Surgery.freeze(net, "fc1.wieght"))
        .hasMessage("no parameter matches 'fc1.wieght'; near it are fc1.weight, fc1.bias");
    assertThat(net.trainable()).hasSize(3);
  }

  @Test
  void aTiedParameterIsFoundByEachOfItsPaths() {
    Linear first = new Linear(4, 4);
    Layer net = new Sequential(first, new Linear(first.weight(), null));
    Surgery.freeze(net, "1.weight");
    assertThat(first.weight().isTrainable()).isFalse();
  }
}
