package dev.proteus.core.train;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.io.Checkpoint;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Trains a network with a learning rule.
 *
 * <pre>{@code
 * TrainingResult r = Trainer.of(10, 64, seed)
 *     .withCheckpoints(folder.resolve("last.safetensors"), 500)
 *     .withEvents(folder)
 *     .run(net, rule, train, validation);
 * }</pre>
 *
 * <p>The seed decides everything: the order of the samples and all that layers and the rule draw
 * come from one {@link Generator}. A run that was cut off at any moment and {@link #resume resumed}
 * ends with the same weights, bit for bit. Afterwards the network is in inference mode.
 *
 * @param epochs passes over the data
 * @param batchSize samples a step; the last batch of an epoch may be smaller
 * @param seed of the run's generator
 * @param patience stops after so many epochs without a smaller validation loss, and puts the best
 *     weights back; 0 for never
 * @param workers threads that read ahead, see {@link dev.proteus.core.data.Batches#prefetch}
 * @param checkpoint file that holds the run's newest state; null for none
 * @param checkpointEvery steps between checkpoints; one is written after each epoch anyway
 * @param events folder for TensorBoard; null for none
 */
public record Trainer(
    int epochs,
    int batchSize,
    long seed,
    int patience,
    int workers,
    Path checkpoint,
    long checkpointEvery,
    Path events) {

  public Trainer {
    atLeast("epochs", epochs, 1);
    atLeast("batchSize", batchSize, 1);
    atLeast("patience", patience, 0);
    atLeast("workers", workers, 0);
    atLeast("checkpointEvery", checkpointEvery, 1);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
    }
  }

  /** Only trains: no early stopping, reads on the training thread, writes nothing. */
  public static Trainer of(int epochs, int batchSize, long seed) {
    return new Trainer(epochs, batchSize, seed, 0, 0, null, Long.MAX_VALUE, null);
  }

  public Trainer withPatience(int epochsWithoutGain) {
    return new Trainer(
        epochs, batchSize, seed, epochsWithoutGain, workers, checkpoint, checkpointEvery, events);
  }

  public Trainer withWorkers(int n) {
    return new Trainer(epochs, batchSize, seed, patience, n, checkpoint, checkpointEvery, events);
  }

  /** Keeps the newest state in {@code file}: at the start, every so many steps, each epoch. */
  public Trainer withCheckpoints(Path file, long everySteps) {
    return new Trainer(epochs, batchSize, seed, patience, workers, file, everySteps, events);
  }

  public Trainer withEvents(Path folder) {
    return new Trainer(
        epochs, batchSize, seed, patience, workers, checkpoint, checkpointEvery, folder);
  }

  /**
   * Trains from the start.
   *
   * @param validation evaluated after each epoch; null for none
   * @throws DivergedException naming step, batch and layer, if the loss is NaN or infinite
   */
  public TrainingResult run(Layer net, LearningRule rule, Dataset train, Dataset validation) {
    return run(net, rule, train, validation, new TrainingListener() {});
  }

  public TrainingResult run(
      Layer net, LearningRule rule, Dataset train, Dataset validation, TrainingListener listener) {
    return train(net, rule, train, validation, listener, () -> null);
  }

  /**
   * Goes on from the checkpoint with the same network (whatever its values), rule and data, to the
   * state that the run would have had if nothing had cut it off.
   *
   * @throws UncheckedIOException if there is no checkpoint or it is damaged
   * @throws IllegalArgumentException naming the setting, if the checkpoint is of another run
   */
  public TrainingResult resume(Layer net, LearningRule rule, Dataset train, Dataset validation) {
    return resume(net, rule, train, validation, new TrainingListener() {});
  }

  public TrainingResult resume(
      Layer net, LearningRule rule, Dataset train, Dataset validation, TrainingListener listener) {
    if (checkpoint == null) {
      throw new IllegalStateException(
          "to resume, say where the checkpoint is: withCheckpoints(..)");
    }
    return train(net, rule, train, validation, listener, this::load);
  }

  private Checkpoint load() {
    try {
      return Checkpoint.load(checkpoint);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot resume from " + checkpoint + ": " + e.getMessage(), e);
    }
  }

  private TrainingResult train(
      Layer net,
      LearningRule rule,
      Dataset data,
      Dataset validation,
      TrainingListener listener,
      Supplier<Checkpoint> from) {
    if (patience > 0 && validation == null) {
      throw new IllegalArgumentException("early stopping needs a validation set");
    }
    Generator random = Generator.seeded(seed);
    try (Generator.Use use = random.use()) {
      // the rule may draw (random feedback) and may put single layers into another mode
      net.train();
      Training training =
          new Training(this, net, rule, rule.start(net), data, validation, listener, random);
      return training.run(from.get());
    }
  }
}
