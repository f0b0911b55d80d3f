package dev.proteus.lab.jobs;

import dev.proteus.core.adapter.AdapterWithHead;
import dev.proteus.core.adapter.Adapters;
import dev.proteus.core.adapter.LayerAdapter;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Splits;
import dev.proteus.core.data.TextFolder;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluation;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.run.Checksum;
import dev.proteus.models.Loading;
import dev.proteus.models.Model;
import dev.proteus.models.text.TextDataset;
import dev.proteus.models.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Fine-tunes a network for the classification of texts in several ways, each from the same trained
 * weights on the same data, and compares them with a linear classifier on frozen features. All
 * choices that training makes are made on the validation part.
 *
 * <p>An adapter is saved as a PEFT folder, put on a fresh copy of the network, and has to predict
 * the same there. A job that was cut off goes on where it stopped when it is run again.
 *
 * @param epochs passes over the training part
 * @param batchSize texts a step
 * @param rate learning rate of adapters
 * @param fullRate learning rate where all weights are trained
 * @param maxLength tokens that a text is cut to
 * @param seed of heads, adapters, order and splits
 */
public record TuneJob(
    int epochs, int batchSize, double rate, double fullRate, int maxLength, long seed) {
  private static final String CHECKPOINT = "training.safetensors";
  private static final double TEST_SHARE = 0.2;
  private static final double VALIDATION_SHARE = 0.1;
  private static final long STEPS_BETWEEN_CHECKPOINTS = 500;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double CLIP = 1;
  private static final int RELOADED = 256;

  /** The row of the linear classifier on frozen features. */
  public static final String BASELINE = "frozen features";

  /** What training all weights is called. */
  public static final String FULL = "full";

  public TuneJob {
    Require.positive("maxLength", maxLength);
    Require.positive("rate", rate);
    Require.positive("fullRate", fullRate);
    Trainer.of(epochs, batchSize, seed);
  }

  /**
   * A way to fine-tune.
   *
   * @param adapter null to train all weights
   */
  public record Way(String name, LayerAdapter adapter) {}

  /**
   * What a way reached.
   *
   * @param trainable parameters
   * @param seconds of training; null if it was taken up after a stop
   * @param peakMemoryBytes of the process while training; null where the system does not tell
   * @param validation accuracy on the validation part
   * @param accuracy on the test part
   * @param macroF1 on the test part
   * @param saved folder of the adapter or the model; null for the baseline
   * @param reloaded null where there is no adapter
   */
  public record Row(
      String name,
      long trainable,
      Double seconds,
      Long peakMemoryBytes,
      double validation,
      double accuracy,
      double macroF1,
      String saved,
      Reloaded reloaded) {}

  /**
   * The saved adapter on a fresh copy of the network, against the trained one.
   *
   * @param texts of the test part that both were given
   * @param same of these got the same class
   * @param difference the largest of two logits
   */
  public record Reloaded(int texts, int same, double difference) {}

  /** All ways, the baseline first. */
  public record Result(int train, int validation, int test, int classes, List<Row> rows) {}

  /** Is told how the training of each way goes on. */
  public interface Listener {
    TrainingListener of(String way);
  }

  /** The three parts as tokens. */
  private record Data(Dataset train, Dataset validation, Dataset test) {}

  /**
   * Runs all ways.
   *
   * @param model folder of the network and its tokenizer
   * @param texts with classes; parts that are missing are held out of the training part
   * @param output where adapters and models go, a folder each
   * @throws IOException also if {@code output} has an unfinished job with other settings
   */
  public Result run(
      Path model, TextFolder.Parts texts, List<Way> ways, Path output, Listener listener)
      throws IOException {
    Data data = data(texts, tokenizer(model));
    TuneProgress progress = TuneProgress.of(output, identity(model, texts, ways));
    List<Row> rows = new ArrayList<>();
    rows.add(progress.once(BASELINE, () -> baseline(model, data)));
    for (Way way : ways) {
      rows.add(
          progress.once(way.name, () -> tune(way, model, data, output, listener.of(way.name))));
    }
    progress.finish();
    return new Result(
        data.train.size(), data.validation.size(), data.test.size(), data.train.classes(), rows);
  }

  /** All that the rows depend on. */
  private String identity(Path model, TextFolder.Parts texts, List<Way> ways) {
    String data =
        Stream.of(texts.train(), texts.validation(), texts.test())
            .map(part -> part == null ? "none" : Checksum.of(part))
            .collect(Collectors.joining(" "));
    return "%s of %s on %s: %s".formatted(this, model, data, ways);
  }

  private Tokenizer tokenizer(Path model) throws IOException {
    Tokenizer t = Tokenizer.load(model);
    int most = t.modelMaxLength();
    Tokenizer cut = t.withMaxLength(most == 0 ? maxLength : Math.min(most, maxLength));
    return t.pad() == null && t.eos() != null ? cut.withPad(t.eos()) : cut;
  }

  private Data data(TextFolder.Parts texts, Tokenizer tokenizer) {
    Dataset train = new TextDataset(texts.train(), tokenizer);
    if (train.classes() < 2) {
      throw new IllegalArgumentException(
          "the labels are no classes: expected words or whole numbers, at least two different ones");
    }
    Dataset test = texts.test() == null ? null : new TextDataset(texts.test(), tokenizer);
    if (test == null) {
      Splits parts = Splits.holdOut(train, TEST_SHARE, seed);
      train = parts.train();
      test = parts.test();
    }
    if (texts.validation() != null) {
      return new Data(train, new TextDataset(texts.validation(), tokenizer), test);
    }
    Splits parts = Splits.holdOut(train, VALIDATION_SHARE, seed);
    return new Data(parts.train(), parts.test(), test);
  }

  /** A fresh copy of the network, with a new head for the classes of the data. */
  private Model load(Path folder, Data data) throws IOException {
    try (Generator.Use draws = Generator.seeded(seed).use()) {
      return Model.load(
          folder, Loading.AS_PUBLISHED.as("ForSequenceClassification", data.train.classNames()));
    }
  }

  private Row baseline(Path folder, Data data) throws IOException {
    Model model = load(folder, data);
    Layer encoder = model.net().slot(model.base()).get();
    PeakMemory.reset();
    long start = System.nanoTime();
    Function<Dataset, Dataset> features = part -> FrozenFeatures.of(encoder, part, batchSize);
    Dataset validation = features.apply(data.validation);
    Layer linear =
        FrozenFeatures.classifier(new Splits(features.apply(data.train), validation), seed);
    double seconds = (System.nanoTime() - start) / 1e9;
    Long peak = PeakMemory.bytes();
    Evaluation test = Evaluator.evaluate(linear, features.apply(data.test), batchSize);
    return new Row(
        BASELINE,
        count(linear),
        seconds,
        peak,
        Evaluator.evaluate(linear, validation, batchSize).accuracy(),
        test.accuracy(),
        test.macroF1(),
        null,
        null);
  }

  private Row tune(Way way, Path folder, Data data, Path output, TrainingListener listener)
      throws IOException {
    Model model = load(folder, data);
    Layer net = model.net();
    LayerAdapter adapter =
        way.adapter == null ? null : new AdapterWithHead(way.adapter, model.head());
    try (Generator.Use draws = Generator.seeded(seed).use()) {
      if (adapter == null) {
        net.trainable(true);
      } else {
        adapter.attach(net);
      }
    }
    long trainable = count(net);
    Path own =
        Files.createDirectories(output.resolve(way.name.replaceAll("[^A-Za-z0-9._-]+", "_")));
    PeakMemory.reset();
    long start = System.nanoTime();
    boolean resumed = train(net, adapter == null ? fullRate : rate, data, own, listener);
    double seconds = (System.nanoTime() - start) / 1e9;
    Long peak = PeakMemory.bytes();
    Evaluation test = Evaluator.evaluate(net, data.test, batchSize);
    Reloaded reloaded = null;
    if (adapter == null) {
      model.save(own);
    } else {
      Adapters.of(net).get(Adapters.DEFAULT).save(own);
      reloaded = reloaded(net, adapter, own, folder, data);
    }
    Files.delete(own.resolve(CHECKPOINT));
    return new Row(
        way.name,
        trainable,
        resumed ? null : seconds,
        peak,
        Evaluator.evaluate(net, data.validation, batchSize).accuracy(),
        test.accuracy(),
        test.macroF1(),
        own.toString(),
        reloaded);
  }

  /** Whether the training was one that had been cut off. */
  private boolean train(
      Layer net, double learningRate, Data data, Path own, TrainingListener listener)
      throws IOException {
    LearningRule rule =
        new Backprop(
            new CrossEntropy(),
            new AdamW(learningRate, 0.9, 0.999, 1e-8, WEIGHT_DECAY, false),
            new Schedule.Sequence(),
            CLIP,
            1,
            false);
    Path checkpoint = own.resolve(CHECKPOINT);
    Trainer trainer =
        Trainer.of(epochs, batchSize, seed)
            .withWorkers(1)
            .withCheckpoints(checkpoint, STEPS_BETWEEN_CHECKPOINTS);
    boolean resume = Files.exists(checkpoint);
    if (resume) {
      trainer.resume(net, rule, data.train, data.validation, listener);
    } else {
      trainer.run(net, rule, data.train, data.validation, listener);
    }
    return resume;
  }

  private Reloaded reloaded(Layer net, LayerAdapter adapter, Path saved, Path folder, Data data)
      throws IOException {
    Layer fresh = load(folder, data).net();
    Adapters.of(fresh).attach(Adapters.DEFAULT, adapter, saved);
    fresh.eval();
    int texts = Math.min(RELOADED, data.test.size());
    int same = 0;
    double difference = 0;
    try (Autograd.Mode off = Autograd.noGrad()) {
      for (int from = 0; from < texts; from += batchSize) {
        int to = Math.min(from + batchSize, texts);
        try (Scope step = Scope.open()) {
          // Every so many-th: the test part may be sorted by class.
          long[] some = LongStream.range(from, to).map(i -> i * data.test.size() / texts).toArray();
          Tensor x = data.test.get(some).input();
          Tensor trained = net.forward(x);
          Tensor read = fresh.forward(x);
          same += (int) trained.argmax(1).eq(read.argmax(1)).sum().itemLong();
          difference = Math.max(difference, trained.sub(read).abs().amax().item());
        }
      }
    }
    return new Reloaded(texts, same, difference);
  }

  private static long count(Layer net) {
    return net.trainable().values().stream().mapToLong(p -> p.value().numel()).sum();
  }
}
