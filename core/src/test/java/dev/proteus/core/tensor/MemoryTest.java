package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Native memory over many training steps, each measured in a JVM of its own. */
@EnabledIf("dev.proteus.core.testing.ForkedJvm#knowsMemory")
class MemoryTest {
  private static final long MB = 1 << 20;

  @Test
  void stepsInScopesLeakNothing() {
    long grown = Long.parseLong(ForkedJvm.run(Scoped.class).get(0));
    assertThat(grown).as("bytes grown over 2,000 steps").isLessThan(8 * MB);
  }

  @Test
  void stepsWithoutScopesStayBounded() {
    List<String> out = ForkedJvm.run(Unscoped.class);
    long made = Long.parseLong(out.get(0));
    long peak = Long.parseLong(out.get(1));
    // the test would see a leak: all tensors together are far more than what it allows
    assertThat(made).as("bytes made over 10,000 steps").isGreaterThan(5_000 * MB);
    assertThat(peak).as("highest bytes over the start").isLessThan(1_200 * MB);
  }

  /** 2,000 steps of a small CNN in scopes; prints by how much memory grew after the first 200. */
  static final class Scoped {
    public static void main(String[] args) {
      Cnn net = new Cnn();
      long start = 0;
      for (int step = 0; step < 2_200; step++) {
        if (step == 200) {
          start = ForkedJvm.memory("VmRSS");
        }
        try (Scope scope = Scope.open()) {
          net.step();
        }
      }
      System.out.println(ForkedJvm.memory("VmRSS") - start);
    }
  }

  /** 10,000 steps without a scope; prints the bytes made and the peak over the start. */
  static final class Unscoped {
    public static void main(String[] args) {
      Cnn net = new Cnn();
      long start = ForkedJvm.memory("VmRSS");
      long made = 0;
      for (int step = 0; step < 10_000; step++) {
        made += net.step();
      }
      System.out.println(made);
      System.out.println(ForkedJvm.memory("VmHWM") - start);
    }
  }

  /** Two convolutions and a linear layer, trained by plain gradient descent on random images. */
  private static final class Cnn {
    private static final long[] ZERO = {0, 0};
    private static final long[] ONE = {1, 1};
    private static final long[] TWO = {2, 2};

    private final Generator g = Generator.seeded(1);
    private final Tensor first = g.normal(0, 0.3, 8, 1, 3, 3).requiresGrad(true).retain();
    private final Tensor second = g.normal(0, 0.1, 8, 8, 3, 3).requiresGrad(true).retain();
    private final Tensor last = g.normal(0, 0.1, 10, 8 * 7 * 7).requiresGrad(true).retain();

    private static Tensor conv(Tensor x, Tensor w) {
      return F.conv2d(x, w, null, ONE, ONE, ONE, 1);
    }

    private static Tensor halve(Tensor x) {
      return F.maxPool2d(x, TWO, TWO, ZERO, ONE, false);
    }

    /** One step; gives the bytes of its activations. */
    long step() {
      Tensor x = g.normal(0, 1, 8, 1, 28, 28);
      Tensor target = g.integers(0, 10, 8);
      Tensor a = conv(x, first).relu();
      Tensor b = halve(a);
      Tensor c = conv(b, second).relu();
      Tensor d = halve(c);
      F.crossEntropy(F.linear(d.flatten(1, -1), last, null), target).backward();
      try (Autograd.Mode off = Autograd.noGrad()) {
        for (Tensor p : List.of(first, second, last)) {
          p.add_(p.grad(), -0.01);
          p.grad(null);
        }
      }
      return x.nbytes() + 2 * a.nbytes() + b.nbytes() + 2 * c.nbytes() + d.nbytes();
    }
  }
}
