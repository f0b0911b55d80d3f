package dev.proteus.methods.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Tensors;
import org.junit.jupiter.api.Test;

/** Against other solvers; no evidence for the paper, whose machine has the plain hinge. */
class LinearSvmTest {
  @Test
  void theMachineIsThatOfLiblinear() {
    Fixture fixture = Fixture.read("domain/svm");
    for (int i = 0; i < 3; i++) {
      Tensor w = LinearSvm.train(fixture.get("x"), fixture.get("t"), fixture.get("c." + i).item());
      Tensors.assertClose("w of C " + i, w, fixture.get("w." + i), 1e-6);
    }
  }

  /** A hinge in place of its square moves a few of 80 held-out samples, 0.05 each. */
  @Test
  void theDistanceIsNearThatOfTheAuthorsMachine() {
    Fixture fixture = Fixture.read("domain/pad");
    for (int shift : new int[] {0, 1, 8}) {
      double got = ProxyADistance.of(fixture.get("source"), fixture.get("target").add(shift));
      assertThat(got).isCloseTo(fixture.get("distance." + shift).item(), within(0.16));
    }
  }
}
