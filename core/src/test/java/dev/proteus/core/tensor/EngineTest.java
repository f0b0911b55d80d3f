package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.testing.ForkedJvm;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class EngineTest {
  @Test
  void memoryChecksOfTheBindingAreOffWhicheverClassComesFirst() {
    for (Class<?> first : new Class<?>[] {TensorFirst.class, ScopeFirst.class}) {
      assertThat(ForkedJvm.run(first)).containsExactly("0 0");
    }
  }

  static final class TensorFirst {
    public static void main(String[] args) {
      Tensor.zeros(1);
      print();
    }
  }

  static final class ScopeFirst {
    public static void main(String[] args) {
      try (Scope scope = Scope.open()) {
        print();
      }
    }
  }

  private static void print() {
    System.out.println(Pointer.maxBytes() + " " + Pointer.maxPhysicalBytes());
  }
}
