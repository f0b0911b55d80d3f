package dev.proteus.methods.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.domain.ProxyADistance;
import dev.proteus.methods.domain.ProxyADistance.Side;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ProbeContractTest {
  /** Shows a probe what it needs to see. */
  private static void show(Probe method, Layer net) {
    if (method.needs().contains(Probe.Need.TARGET)) {
      ProxyADistance.SIDE.with(Side.SOURCE, () -> Subjects.predict(net, Subjects.images(1)));
      ProxyADistance.SIDE.with(Side.TARGET, () -> Subjects.predict(net, Subjects.images(2)));
    } else {
      Subjects.predict(net, Subjects.images(1));
      Subjects.predict(net, Subjects.images(2));
    }
  }

  @TestFactory
  Stream<DynamicTest> readsFiniteNumbersAndLeavesTheNetwork() {
    return Members.each(
        Probe.class,
        method -> {
          Layer net = Subjects.network(method, 1);
          Subjects.Lent lent = Subjects.Lent.asItIs(net);
          try (Probe.Watch watch = method.watch(net)) {
            show(method, net);
            Map<String, Double> numbers = watch.read();
            assertThat(numbers).isNotEmpty();
            assertThat(numbers.values()).allSatisfy(v -> assertThat(v).isFinite());
          }
          lent.assertBack();
        });
  }

  @TestFactory
  Stream<DynamicTest> nothingWatchesAfterClosing() {
    return Members.each(
        Probe.class,
        method -> {
          Layer net = Subjects.network(method, 1);
          Tensor before = Subjects.predict(net, Subjects.images(1));
          WeakReference<Probe.Watch> watch = closed(method, net);
          // What still watched would be held by the network, or by a hook of it.
          for (int i = 0; i < 20 && watch.get() != null; i++) {
            System.gc();
          }
          assertThat(watch.get()).as("a closed watch that the network still holds").isNull();
          assertThat(Subjects.predict(net, Subjects.images(1)).equal(before)).isTrue();
        });
  }

  private static WeakReference<Probe.Watch> closed(Probe method, Layer net) {
    Probe.Watch watch = method.watch(net);
    show(method, net);
    watch.close();
    return new WeakReference<>(watch);
  }
}
