package dev.proteus.core.optim;

import dev.proteus.core.io.Safetensors;
import java.nio.file.Path;

/** What {@code reference/make_optim_fixtures.py} has written. */
final class OptimFixtures {
  private OptimFixtures() {}

  static Safetensors read(String name) throws Exception {
    return Safetensors.read(
        Path.of(
            OptimFixtures.class.getResource("/fixtures/optim/" + name + ".safetensors").toURI()));
  }
}
