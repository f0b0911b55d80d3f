package dev.proteus.cli;

import dev.proteus.lab.jobs.BundledModel;
import dev.proteus.models.Model;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that uses one model. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = BundledModel.NAME,
      description = ModelNames.DESCRIPTION + " (default: ${DEFAULT-VALUE}).")
  String name;

  @Mixin private ModelNames names;

  /** The model that the option names. */
  Model open(long seed, Output output) throws IOException {
    return names.open(name, seed, output);
  }
}
