package dev.proteus.cli;

import dev.proteus.core.tensor.Engine;
import picocli.CommandLine.Option;

/** The option of every command that runs networks. */
final class Compute {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that one operation may use (default: one a core).")
  private Integer threads;

  /** Takes effect for all that follows. */
  void apply() {
    if (threads != null) {
      Engine.threads(threads);
    }
  }
}
