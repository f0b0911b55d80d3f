package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.adapter.Adapters;
import dev.proteus.core.adapter.LayerAdapter;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.contract.Subjects.Lent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class AdapterContractTest {
  private static final double ROUNDING = 1e-5;

  private final Tensor x = Subjects.images(1);

  /** Attached, with random values in all trainable parts. */
  private static Adapter.Attached changed(Adapter method, Layer net) {
    return changed(method, net, "default", 4);
  }

  private static Adapter.Attached changed(Adapter method, Layer net, String name, long seed) {
    Adapter.Attached attached = Subjects.seeded(3, () -> method.attach(net, name));
    Generator random = Generator.seeded(seed);
    attached.parameters().values().forEach(p -> p.assign(random.normal(0, 0.2, p.value().shape())));
    net.eval();
    return attached;
  }

  @TestFactory
  Stream<DynamicTest> attachingLeavesTheOutputs() {
    return Members.each(
        Members.adapters(),
        method -> {
          Layer net = Subjects.network(method, 1);
          Tensor before = Subjects.predict(net, x);
          Subjects.seeded(3, () -> method.attach(net));
          assertClose("attached", Subjects.predict(net.eval(), x), before, ROUNDING);
        });
  }

  @TestFactory
  Stream<DynamicTest> onlyTheAdapterIsTrainableAndItHasGradients() {
    return Members.each(
        Members.adapters(),
        method -> {
          Layer net = Subjects.network(method, 1);
          Adapter.Attached attached = changed(method, net);
          assertThat(attached.parameters()).isNotEmpty();
          assertThat(net.trainable()).isEqualTo(attached.parameters());
          Subjects.backward(net, 1);
          net.parameters()
              .forEach(
                  (path, p) -> assertThat(p.grad() != null).as(path).isEqualTo(p.isTrainable()));
        });
  }

  @TestFactory
  Stream<DynamicTest> mergedIsUnmergedAndUnmergingIsExact() {
    return Members.each(
        Members.adapters(),
        method -> {
          Layer net = Subjects.network(method, 1);
          Tensor base = Subjects.predict(net, x);
          Adapter.Attached attached = changed(method, net);
          Map<String, Tensor> before = net.snapshot();
          Tensor unmerged = Subjects.predict(net, x);
          assertThat(unmerged.allClose(base, 1e-3, 1e-3)).as("the change is visible").isFalse();
          attached.merge();
          assertThat(attached.isMerged()).isTrue();
          assertClose("merged", Subjects.predict(net, x), unmerged, ROUNDING);
          attached.unmerge();
          assertThat(attached.isMerged()).isFalse();
          assertSame("unmerged", Subjects.predict(net, x), unmerged);
          Subjects.assertSameState("unmerged", net.state(), before);
        });
  }

  @TestFactory
  Stream<DynamicTest> aSavedAdapterIsLoaded(@TempDir Path temp) {
    return Members.each(
        Members.adapters(),
        method -> {
          Path folder = temp.resolve(Integer.toString(method.hashCode()));
          Layer net = Subjects.network(method, 1);
          changed(method, net).save(folder);
          Layer other = Subjects.network(method, 1);
          method.attach(other).load(folder);
          assertSame("loaded", Subjects.predict(other.eval(), x), Subjects.predict(net, x));
        });
  }

  @TestFactory
  Stream<DynamicTest> detachingGivesTheNetworkBack() {
    return Members.each(
        Members.adapters(),
        method -> {
          Layer net = Subjects.network(method, 1);
          Lent lent = Lent.of(net);
          method.attach(net).detach();
          lent.assertBack();
          Adapter.Attached merged = method.attach(net);
          Generator random = Generator.seeded(4);
          merged.parameters().values().forEach(p -> p.value().detach().normal_(0, 0.2, random));
          merged.merge();
          merged.detach();
          lent.assertBack();
        });
  }

  /** Two of each that stands around layers, the second one active. */
  private Stream<DynamicTest> eachTwice(BiConsumer<Layer, Tensor> contract) {
    Map<String, Adapter> members = new TreeMap<>(Members.adapters());
    members.values().removeIf(method -> !(method instanceof LayerAdapter));
    return Members.each(
        members,
        method -> {
          Layer net = Subjects.network(method, 1);
          Tensor base = Subjects.predict(net, x);
          changed(method, net, "one", 4);
          changed(method, net, "two", 5);
          contract.accept(net, base);
        });
  }

  private Tensor with(Layer net, String... names) {
    return Adapters.ACTIVE.with(List.of(names), () -> Subjects.predict(net, x));
  }

  @TestFactory
  Stream<DynamicTest> withoutActiveOnesTheNetworkIsTheBase() {
    return eachTwice(
        (net, base) -> {
          assertSame("none in a call", with(net), base);
          assertSame("the last", with(net, "two"), Subjects.predict(net, x));
          assertThat(with(net, "one").equal(with(net, "two"))).isFalse();
          Adapters.of(net).activate();
          assertSame("none", Subjects.predict(net, x), base);
        });
  }

  @TestFactory
  Stream<DynamicTest> eachRowHasItsOwn() {
    return eachTwice(
        (net, base) -> {
          List<String> rows = new ArrayList<>();
          for (int i = 0; i < 16; i++) {
            rows.add(List.of("one", "two", Adapters.NONE).get(i % 3));
          }
          Tensor y = Adapters.ROWS.with(rows, () -> Subjects.predict(net, x));
          List<Tensor> alone = List.of(with(net, "one"), with(net, "two"), base);
          for (int i = 0; i < 16; i++) {
            assertClose(rows.get(i), y.select(0, i), alone.get(i % 3).select(0, i), ROUNDING);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> anySubsetIsMergedExactlyOrNotAtAll() {
    return eachTwice(
        (net, base) -> {
          Map<String, Tensor> before = net.snapshot();
          Adapters adapters = Adapters.of(net);
          try {
            adapters.activate("one", "two");
          } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("modulesToSave");
          }
          Tensor y = Subjects.predict(net, x);
          for (String[] some : new String[][] {{"one"}, {"two"}, {"one", "two"}, {}}) {
            try {
              adapters.merge(some);
              assertThat(adapters.merged()).containsExactly(some);
            } catch (IllegalStateException | IllegalArgumentException e) {
              assertThat(e)
                  .hasMessageMatching("(?s).*(depend on each other|not active|modulesToSave).*");
            }
            assertClose("merged", Subjects.predict(net, x), y, ROUNDING);
          }
          Subjects.assertSameState("unmerged", net.state(), before);
          adapters.detach();
          assertSame("detached", Subjects.predict(net, x), base);
        });
  }
}
