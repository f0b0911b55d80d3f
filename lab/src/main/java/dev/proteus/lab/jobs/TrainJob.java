package dev.proteus.lab.jobs;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Images;
import dev.proteus.core.data.Normalise;
import dev.proteus.core.data.Splits;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Evaluation;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.core.train.TrainingResult;
import dev.proteus.models.MlpConfig;
import dev.proteus.models.Model;
import dev.proteus.models.Preprocessing;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Trains a network on labelled data into a model folder: a small residual network on images, a
 * multilayer perceptron on vectors. A training that was cut off goes on where it stopped when the
 * same job is run again.
 *
 * @param rule how it learns
 * @param epochs passes over the training part
 * @param batchSize samples a step
 * @param patience epochs without a smaller validation loss before it stops; 0 for never
 * @param seed of weights, order and validation part
 */
public record TrainJob(LearningRule rule, int epochs, int batchSize, int patience, long seed) {
  private static final double VALIDATION_SHARE = 0.1;
  private static final long STEPS_BETWEEN_CHECKPOINTS = 200;
  private static final List<Integer> HIDDEN = List.of(128, 128);

  /** Samples that channel means are taken from: enough for three digits. */
  private static final int STATISTICS_SAMPLES = 5000;

  /**
   * What the training gave.
   *
   * @param model in memory
   * @param training its history
   * @param validation numbers on the tenth of the training part that was held out
   * @param test numbers on the test part; empty if there is none
   */
  public record Result(
      Model model,
      TrainingResult training,
      Map<String, Double> validation,
      Map<String, Double> test) {}

  /**
   * Trains, evaluates and saves.
   *
   * @param data with classes; the test part may be null, and is looked at once, after training
   * @param folder where the model goes; checkpoints and TensorBoard events go there, too
   * @throws IllegalArgumentException if the data have no classes, or inputs of another shape
   */
  public Result run(Splits data, Path folder, TrainingListener listener) throws IOException {
    if (data.train().classes() == 0) {
      throw new IllegalArgumentException("training needs data with classes, but these have none");
    }
    Splits parts = Splits.holdOut(data.train(), VALIDATION_SHARE, seed);
    Model model = fresh(parts.train());
    Files.createDirectories(folder);
    Path checkpoint = folder.resolve("training.safetensors");
    Trainer trainer =
        Trainer.of(epochs, batchSize, seed)
            .withPatience(patience)
            .withCheckpoints(checkpoint, STEPS_BETWEEN_CHECKPOINTS)
            .withEvents(folder.resolve("events"));
    Dataset train = model.prepare(parts.train());
    Dataset validation = model.prepare(parts.test());
    TrainingResult result =
        Files.exists(checkpoint)
            ? trainer.resume(model.net(), rule, train, validation, listener)
            : trainer.run(model.net(), rule, train, validation, listener);
    Map<String, Double> held = evaluate(model, result, validation).numbers();
    Map<String, Double> test =
        data.test() == null
            ? Map.of()
            : evaluate(model, result, model.prepare(data.test())).numbers();
    model.save(folder);
    Files.delete(checkpoint);
    return new Result(model, result, held, test);
  }

  private Evaluation evaluate(Model model, TrainingResult result, Dataset data) {
    return Evaluator.evaluate(model.net(), result.learner(), data, batchSize);
  }

  private Model fresh(Dataset train) {
    try (Scope scope = Scope.open();
        Generator.Use run = Generator.seeded(seed).use()) {
      Batch some =
          train.get(LongStream.range(0, Math.min(train.size(), STATISTICS_SAMPLES)).toArray());
      Tensor x = some.input();
      return switch (x.dim()) {
        case 4 ->
            Model.resnet(
                ResNetConfig.small((int) x.size(1), train.classes()),
                train.classNames(),
                Preprocessing.of(statistics(x)));
        case 2 ->
            Model.mlp(new MlpConfig((int) x.size(1), HIDDEN, train.classes()), train.classNames());
        default ->
            throw new IllegalArgumentException(
                "inputs must be images [N,C,H,W] or vectors [N,D], but are "
                    + Arrays.toString(x.shape()));
      };
    }
  }

  private static Normalise statistics(Tensor images) {
    Tensor.Moments m = Images.unit(images).varMean(new int[] {0, 2, 3}, 0, false);
    // A constant channel would divide by zero.
    Tensor std = m.var().sqrt().clampMin(1e-3);
    return new Normalise(list(m.mean()), list(std));
  }

  private static List<Double> list(Tensor t) {
    return Arrays.stream(t.toDoubles()).boxed().toList();
  }
}
