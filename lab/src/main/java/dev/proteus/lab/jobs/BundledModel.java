package dev.proteus.lab.jobs;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.io.Home;
import dev.proteus.core.optim.OneCycle;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.models.Model;
import dev.proteus.models.Preprocessing;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code fashion-resnet}: a residual network of 78,000 parameters, trained on the bundled
 * Fashion-MNIST subset. It is trained when it is first asked for, and then read from the cache; a
 * training that was cut off goes on where it stopped.
 */
public final class BundledModel {
  /** The name that commands take. */
  public static final String NAME = "fashion-resnet";

  private static final int EPOCHS = 10;
  private static final int BATCH = 128;
  private static final long STEPS_BETWEEN_CHECKPOINTS = 100;

  private BundledModel() {}

  /** The model of a seed, from the cache of this user or freshly trained into it. */
  public static Model fashionResnet(long seed, TrainingListener listener) throws IOException {
    return Model.load(folder(seed, listener));
  }

  /** Its model folder. */
  public static Path folder(long seed, TrainingListener listener) throws IOException {
    Path folder = Home.folder().resolve("models").resolve(NAME + "-" + seed);
    if (Files.exists(folder.resolve("model.safetensors"))) {
      return folder;
    }
    Files.createDirectories(folder);
    Path checkpoint = folder.resolve("training.safetensors");
    Trainer trainer =
        Trainer.of(EPOCHS, BATCH, seed).withCheckpoints(checkpoint, STEPS_BETWEEN_CHECKPOINTS);
    Model model = fresh(seed);
    Dataset data = FashionMnist.train().map(FashionMnist.NORMALISE);
    if (Files.exists(checkpoint)) {
      trainer.resume(model.net(), rule(), data, null, listener);
    } else {
      trainer.run(model.net(), rule(), data, null, listener);
    }
    model.save(folder);
    Files.deleteIfExists(checkpoint);
    return folder;
  }

  private static Model fresh(long seed) {
    try (Generator.Use run = Generator.seeded(seed).use()) {
      return Model.resnet(
          ResNetConfig.small(1, FashionMnist.CLASSES.size()),
          FashionMnist.CLASSES,
          Preprocessing.of(FashionMnist.NORMALISE));
    }
  }

  private static LearningRule rule() {
    return new Backprop(
        new CrossEntropy(), new Sgd(0.1, 0.9, 0, 5e-4, false), new OneCycle(), 0, 1, false);
  }
}
