package dev.proteus.methods.contract;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.method.Rewrite;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class RewriteContractTest {
  private final Tensor x = Subjects.images(1);

  private static Layer rewritten(Rewrite method, long seed) {
    return Subjects.seeded(6, () -> method.apply(Subjects.network(method, seed))).eval();
  }

  @TestFactory
  Stream<DynamicTest> theNetworkIsAnotherAndPredictsTheSameTwice() {
    return Members.each(
        Rewrite.class,
        method -> {
          Layer net = rewritten(method, 1);
          assertThat(net.layers().stream().map(Object::getClass).toList())
              .isNotEqualTo(
                  Subjects.network(method, 1).layers().stream().map(Object::getClass).toList());
          Tensor y = Subjects.predict(net, x);
          assertThat(y.shape()).containsExactly(16, 10);
          assertThat(y.isFinite()).isTrue();
          assertSame("again", Subjects.predict(net, x), y);
        });
  }

  @TestFactory
  Stream<DynamicTest> aCopyPredictsTheSame() {
    return Members.each(
        Rewrite.class,
        method -> {
          Layer net = rewritten(method, 1);
          assertSame("copy", Subjects.predict(net.copy(), x), Subjects.predict(net, x));
        });
  }

  @TestFactory
  Stream<DynamicTest> aSavedStateIsLoaded(@TempDir Path temp) {
    return Members.each(
        Rewrite.class,
        method -> {
          Path file = temp.resolve(method.getClass().getName());
          Layer net = rewritten(method, 1);
          Layer other = rewritten(method, 2);
          try {
            Safetensors.write(file, net.state(), Map.of());
            other.load(Safetensors.read(file).tensors());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          assertSame("loaded", Subjects.predict(other, x), Subjects.predict(net, x));
        });
  }

  @TestFactory
  Stream<DynamicTest> aNetworkWithNothingToRewriteIsRefused() {
    return Members.each(
        Rewrite.class,
        method ->
            assertThatThrownBy(() -> method.apply(new Sequential(Activation.relu())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s).{20,}"));
  }
}
