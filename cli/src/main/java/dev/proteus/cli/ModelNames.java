package dev.proteus.cli;

import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.jobs.BundledModel;
import dev.proteus.models.Model;
import dev.proteus.models.Models;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What a user may call a model, and how it is found. */
final class ModelNames {
  static final String DESCRIPTION =
      "A model folder, a bundled model (" + BundledModel.NAME + ", minilm), or hf:owner/name";

  @Option(
      names = "--offline",
      description = "Of models hf:owner/name, use only what is in the cache.")
  private boolean offline;

  /** Opens a model by its name. */
  Model open(String name, long seed, Output output) throws IOException {
    return Model.load(folder(name, seed, output));
  }

  /**
   * The folder of a model. The bundled {@code fashion-resnet} is trained when it is first asked
   * for.
   *
   * @param seed of that training
   */
  Path folder(String name, long seed, Output output) throws IOException {
    if (!name.equals(BundledModel.NAME)) {
      return Models.folder(name, offline);
    }
    return BundledModel.folder(
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
