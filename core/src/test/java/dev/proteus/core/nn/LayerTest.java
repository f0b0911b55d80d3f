package dev.proteus.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerTest {
  private static final class Dense extends Layer {
    private final Parameter weight;

    Dense(int in, int out, long seed) {
      weight = parameter("weight", Generator.seeded(seed).normal(0, 1, out, in));
    }

    Dense(Parameter tied) {
      weight = parameter("weight", tied);
    }

    @Override
    public Tensor forward(Tensor x) {
      return F.linear(x, weight.value(), null);
    }
  }

  private static final class Two extends Layer {
    private final Slot<Layer> first;
    private final Slot<Dense> second;
    private final Buffer calls = buffer("calls", Tensor.zeros(1));

    Two(Layer first, Dense second) {
      this.first = slot("first", first);
      this.second = slot("second", Dense.class, second);
    }

    @Override
    public Tensor forward(Tensor x) {
      calls.value().add_(1);
      return second.call(first.call(x).relu());
    }
  }

  private static Two two() {
    return new Two(new Dense(3, 4, 1), new Dense(4, 2, 2));
  }

  @Test
  void statesAndPathsAreJoinedByDots() {
    assertThat(two().state()).containsOnlyKeys("calls", "first.weight", "second.weight");
    assertThat(two().slot("second").bound()).isEqualTo(Dense.class);
    assertThatThrownBy(() -> two().slot("third")).hasMessageContaining("first, second");
  }

  @Test
  void aSlotRefusesAnotherClassByName() {
    Two net = two();
    assertThatThrownBy(() -> net.slot("second").replace(two()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("slot 'second' of Two takes a Dense, got a Two");
  }

  @Test
  void observersSeeInputAndOutputUntilClosed() {
    Two net = two();
    List<long[]> shapes = new ArrayList<>();
    try (var o = net.slot("first").observe((in, out) -> shapes.add(out.shape()))) {
      net.forward(Tensor.ones(5, 3));
    }
    net.forward(Tensor.ones(5, 3));
    assertThat(shapes).hasSize(1);
    assertThat(shapes.get(0)).containsExactly(5, 4);
  }

  @Test
  void copiesAreDeepAndKeepTies() {
    Parameter tied = new Parameter(Tensor.eye(3));
    Two net = new Two(new Dense(tied), new Dense(tied));
    Layer copy = net.copy();
    Tensor x = Generator.seeded(3).normal(0, 1, 2, 3);
    assertThat(copy.forward(x).equal(net.forward(x))).isTrue();
    assertThat(copy.parameters()).hasSize(1);
    tied.assign(Tensor.zeros(3, 3));
    assertThat(copy.forward(x).equal(net.forward(x))).isFalse();
    assertThat(copy.parameters().values().iterator().next().value().requiresGrad()).isTrue();
  }

  @Test
  void aTiedParameterIsLoadedByAnyOfItsPathsAndTheFirstCounts() {
    Parameter tied = new Parameter(Tensor.zeros(3, 3));
    Two net = new Two(new Dense(tied), new Dense(tied));
    Tensor calls = Tensor.zeros(1);
    net.load(Map.of("calls", calls, "second.weight", Tensor.eye(3)));
    assertThat(tied.value().equal(Tensor.eye(3))).isTrue();
    net.load(
        Map.of("calls", calls, "second.weight", Tensor.eye(3), "first.weight", Tensor.ones(3, 3)));
    assertThat(tied.value().equal(Tensor.ones(3, 3))).isTrue();
    assertThatThrownBy(() -> net.load(Map.of("calls", calls)))
        .hasMessageContaining("2 missing for Two: first.weight, second.weight");
  }

  @Test
  void usingSwapsValuesAndGradientsFlowIntoThem() {
    Two net = two();
    Tensor x = Tensor.ones(1, 3);
    Tensor before = net.forward(x);
    Tensor w = Tensor.ones(2, 4).requiresGrad(true);
    Tensor y = net.using(Map.of("second.weight", w), () -> net.forward(x));
    Tensor g = Autograd.grad(y.sum(), List.of(w)).get(0);
    assertThat(g.shape()).containsExactly(2, 4);
    assertThat(net.forward(x).equal(before)).isTrue();
    assertThatThrownBy(() -> net.using(Map.of("nope", w), () -> null))
        .hasMessageContaining("1 unknown for Two: nope");
  }

  @Test
  void loadRefusesWhatDoesNotFitByName() {
    Two net = two();
    Map<String, Tensor> state = net.snapshot();
    state.put("first.weight", Tensor.ones(4, 4));
    assertThatThrownBy(() -> net.load(state))
        .hasMessage("'first.weight': expected shape [4, 3], got [4, 4]");
    state.remove("calls");
    assertThatThrownBy(() -> net.load(state)).hasMessageContaining("1 missing for Two: calls");
  }

  @Test
  void gradientsAddUpAndAreCleared() {
    Two net = two();
    for (int i = 1; i <= 2; i++) {
      try (Scope s = Scope.open()) {
        net.forward(Tensor.ones(2, 3)).sum().backward();
      }
    }
    Tensor twice = net.parameters().get("first.weight").grad();
    net.zeroGrad();
    assertThat(net.parameters().get("first.weight").grad()).isNull();
    net.forward(Tensor.ones(2, 3)).sum().backward();
    Tensor once = net.parameters().get("first.weight").grad();
    assertThat(once.mul(2).allClose(twice, 1e-6, 1e-6)).isTrue();
  }

  @Test
  void layersMadeInsideAScopeOutliveIt() {
    Two net;
    try (Scope s = Scope.open()) {
      net = two();
    }
    assertThat(net.forward(Tensor.ones(1, 3)).shape()).containsExactly(1, 2);
  }

  @Test
  void aTensorAfterItsScopeSaysSo() {
    Tensor t;
    try (Scope s = Scope.open()) {
      t = Tensor.ones(2);
    }
    assertThatThrownBy(() -> t.add(1)).hasMessageContaining("after its scope closed");
    Tensor kept;
    try (Scope s = Scope.open()) {
      kept = s.keep(Tensor.ones(2));
    }
    assertThat(kept.sum().item()).isEqualTo(2);
  }

  @Test
  void errorsNameTheOperationAndShapes() {
    assertThatThrownBy(() -> Tensor.ones(2, 3).add(Tensor.ones(4)))
        .isInstanceOf(TensorException.class)
        .hasMessageStartingWith("add([2, 3] float32, [4] float32): The size of tensor a (3)")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> Tensor.ones(2, 3).matmul(Tensor.ones(2, 3)))
        .hasMessage("matmul([2, 3] float32, [2, 3] float32): the inner sizes differ");
  }

  @Test
  void hooksReplaceGradientsAndPassOnTheirExceptions() {
    Tensor x = Tensor.ones(3).requiresGrad(true);
    try (Scope s = Scope.open()) {
      Tensor y = x.mul(2);
      y.onGradient(g -> g.mul(-1));
      y.sum().backward();
      assertThat(x.grad().toDoubles()).containsExactly(-2, -2, -2);
    }
    try (Scope s = Scope.open()) {
      Tensor y = x.mul(2);
      y.onGradient(
          g -> {
            throw new IllegalArgumentException("mine");
          });
      assertThatThrownBy(() -> y.sum().backward())
          .hasMessageContaining("mine")
          .hasCauseInstanceOf(IllegalArgumentException.class);
    }
    try (Scope s = Scope.open()) {
      x.grad(null);
      Tensor y = x.mul(2);
      y.onGradient(g -> null);
      y.sum().backward();
      assertThat(x.grad().toDoubles()).containsExactly(2, 2, 2);
    }
  }

  @Test
  void adoptedTensorsAreTakenAsTheyAre() {
    Two net = two();
    net.slot("first").get().trainable(false);
    Tensor file = Tensor.arange(30).to(DType.FLOAT16);
    Map<String, Tensor> state =
        Map.of(
            "calls", Tensor.ones(1),
            "first.weight", file.narrow(0, 0, 12).reshape(4, 3),
            "second.weight", file.narrow(0, 12, 8).reshape(4, 2).t());
    net.adopt(state);
    state.forEach((path, t) -> assertThat(net.state().get(path).isAliasOf(t)).isTrue());
    assertThat(net.state().get("second.weight").toDoubles())
        .containsExactly(12, 14, 16, 18, 13, 15, 17, 19);
    assertThat(net.parameters().get("first.weight").value().requiresGrad()).isFalse();
    assertThat(net.parameters().get("second.weight").value().requiresGrad()).isTrue();
  }

  @Test
  void oneNameOfTiedWeightsIsEnoughAndTheFirstCounts() {
    Dense a = new Dense(3, 3, 1);
    Two net = new Two(a, new Dense(a.weight));
    Tensor w = Tensor.full(2, 3, 3);
    net.adopt(Map.of("calls", Tensor.ones(1), "second.weight", w));
    assertThat(net.state().get("first.weight").isAliasOf(w)).isTrue();
    Tensor v = Tensor.full(3, 3, 3);
    net.adopt(Map.of("calls", Tensor.ones(1), "second.weight", w, "first.weight", v));
    assertThat(net.state().get("second.weight").isAliasOf(v)).isTrue();
  }

  @Test
  void whatDoesNotFitIsNotAdopted() {
    Two net = two();
    Map<String, Tensor> before = net.state();
    Tensor ok = Tensor.zeros(4, 3);
    Tensor one = Tensor.ones(1);
    assertThatThrownBy(() -> net.adopt(Map.of("calls", one, "first.weight", ok)))
        .hasMessage("1 missing for Two: second.weight");
    Map<String, Tensor> more = new LinkedHashMap<>(before);
    more.put("third", one);
    assertThatThrownBy(() -> net.adopt(more)).hasMessage("1 unknown for Two: third");
    assertThatThrownBy(
            () -> net.adopt(Map.of("calls", one, "first.weight", ok, "second.weight", ok)))
        .hasMessage("'second.weight': expected shape [2, 4], got [4, 3]");
    Tensor whole = Tensor.zeros(DType.INT32, 2, 4);
    assertThatThrownBy(
            () -> net.adopt(Map.of("calls", one, "first.weight", ok, "second.weight", whole)))
        .hasMessage("'second.weight': expected [2, 4] float32, got [2, 4] int32");
    before.forEach((path, t) -> assertThat(net.state().get(path)).isSameAs(t));
  }
}
