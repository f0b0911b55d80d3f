package dev.proteus.cli;

import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.jobs.BundledModel;
import dev.proteus.models.Model;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option of every command that uses one model, and what a user may call a model. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = BundledModel.NAME,
      description = "A model folder (default: ${DEFAULT-VALUE}, the bundled one).")
  String name;

  /** The model that the option names. */
  Model open(long seed, Output output) throws IOException {
    return open(name, seed, output);
  }

  /**
   * Opens a model: the bundled one by its name, or a folder. The bundled one is trained when it is
   * first asked for.
   *
   * @param seed of the bundled model's training
   */
  static Model open(String name, long seed, Output output) throws IOException {
    if (!name.equals(BundledModel.NAME)) {
      return Model.load(Path.of(name));
    }
    return BundledModel.fashionResnet(
        seed,
        new TrainingListener() {
          @Override
          public void epochEnded(EpochResult e) {
            output.progress(
                "training %s (kept for later runs): epoch %d, loss %.4f"
                    .formatted(name, e.epoch(), e.loss()));
          }
        });
  }
}
