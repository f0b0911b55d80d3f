package dev.proteus.cli;

import dev.proteus.lab.jobs.SmallLm;
import picocli.CommandLine.Option;

/** What {@code tune --task causal-lm} takes besides. */
final class CausalLmOptions {
  @Option(
      names = "--architecture",
      defaultValue = "gpt2",
      description =
          "causal-lm without --model: a small network with fresh weights, ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}).")
  private SmallLm.Architecture architecture;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "4",
      description = "Its blocks (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "128",
      description = "Its hidden states' width (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "4",
      description = "Its heads of attention (default: ${DEFAULT-VALUE}).")
  private int heads;

  /** The network that the options describe. */
  SmallLm shape(int context) {
    return new SmallLm(architecture, layers, width, heads, context);
  }
}
