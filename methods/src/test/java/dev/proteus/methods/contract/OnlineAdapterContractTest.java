package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.contract.Subjects.Lent;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class OnlineAdapterContractTest {
  /** The predictions of three batches of a stream, the first one {@code from}. */
  private static List<Tensor> stream(OnlineAdapter.Session session, long from) {
    return LongStream.range(from, from + 3)
        .mapToObj(i -> Subjects.seeded(i, () -> session.predict(Subjects.images(i))))
        .toList();
  }

  private static void assertSameStream(String what, List<Tensor> actual, List<Tensor> expected) {
    for (int i = 0; i < expected.size(); i++) {
      assertSame(what + ", batch " + i, actual.get(i), expected.get(i));
    }
  }

  @TestFactory
  Stream<DynamicTest> predictsLogitsWithoutGradientsAndLeavesTheInput() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          try (OnlineAdapter.Session session =
              method.attach(Subjects.resNet(), Subjects.source())) {
            Tensor x = Subjects.images(1);
            Tensor y = session.predict(x);
            assertThat(y.shape()).containsExactly(16, 10);
            assertThat(y.isFinite()).isTrue();
            assertThat(y.requiresGrad()).isFalse();
            assertSame("input", x, Subjects.images(1));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> predictsTheSameFromTheSameStart() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          try (OnlineAdapter.Session one = method.attach(Subjects.resNet(), Subjects.source());
              OnlineAdapter.Session other = method.attach(Subjects.resNet(), Subjects.source())) {
            assertSameStream("again", stream(other, 1), stream(one, 1));
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> resetRestoresTheFirstPredictions() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          try (OnlineAdapter.Session session =
              method.attach(Subjects.resNet(), Subjects.source())) {
            List<Tensor> first = stream(session, 1);
            session.reset();
            assertSameStream("after reset", stream(session, 1), first);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> aSnapshotIsResumedHereAndInAnotherSession() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          try (OnlineAdapter.Session session = method.attach(Subjects.resNet(), Subjects.source());
              OnlineAdapter.Session other = method.attach(Subjects.resNet(), Subjects.source())) {
            stream(session, 1);
            Map<String, Tensor> snapshot = session.snapshot();
            List<Tensor> next = stream(session, 4);
            session.restore(snapshot);
            assertSameStream("restored", stream(session, 4), next);
            other.restore(snapshot);
            assertSameStream("in another session", stream(other, 4), next);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> closingGivesTheNetworkBack() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          Layer net = Subjects.resNet();
          Lent lent = Lent.of(net);
          try (OnlineAdapter.Session session = method.attach(net, Subjects.source())) {
            stream(session, 1);
          }
          lent.assertBack();
          assertThat(net.parameters().values()).allMatch(p -> p.grad() == null);
        });
  }

  /** One that nothing can be done for: no normalisation, no convolution, a single linear layer. */
  @TestFactory
  Stream<DynamicTest> aNetworkThatItRefusesIsLeftAsItWas() {
    return Members.each(
        OnlineAdapter.class,
        method -> {
          long inputs = Subjects.images(1).flatten(1, -1).size(1);
          Layer net = new Sequential(new Flatten(), new Linear(inputs, 10));
          Lent lent = Lent.of(net);
          try (OnlineAdapter.Session session = method.attach(net)) {
            stream(session, 1);
          } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageMatching(".{10,}");
          }
          lent.assertBack();
        });
  }
}
