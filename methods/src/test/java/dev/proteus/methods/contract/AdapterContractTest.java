package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.contract.Subjects.Lent;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class AdapterContractTest {
  private static final double ROUNDING = 1e-5;

  private final Tensor x = Subjects.images(1);

  /** Attached, with random values in all trainable parts. */
  private static Adapter.Attached changed(Adapter method, Layer net) {
    Adapter.Attached attached = Subjects.seeded(3, () -> method.attach(net));
    Generator random = Generator.seeded(4);
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
}
