package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.DivergedException;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.optim.Lamb;
import dev.proteus.methods.optim.Lars;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a 32 times larger batch costs under four optimizers, on a CNN and on a transformer. */
public final class LambExperiment implements Experiment {
  private static final int SMALL = 64;
  private static final int LARGE = 2048;
  private static final int EPOCHS = 5;
  private static final double WARM_UP = 0.2;
  private static final double DECAY = 0.01;

  @Override
  public String id() {
    return "lamb";
  }

  @Override
  public String claim() {
    return "Layer-wise adaptation trains with very large batches without loss of quality, on"
        + " attention models too, where LARS fails";
  }

  @Override
  public String setting() {
    return "Small CNN and row transformer (1 block, width 32) on the bundled 10,000 Fashion-MNIST"
        + " images, 5 epochs, linear warm-up over 20% and linear decay: test accuracy with batch 64"
        + " and with batch 2048 at a rate sqrt(32) times larger. Rates at batch 64 chosen for each"
        + " optimizer and network on a validation fifth of the training images, seed 0. A run that"
        + " diverges has the accuracy of chance";
  }

  @Override
  public List<String> arms() {
    return List.of("adamw", "sgd", "lars", "lamb");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.lower("transformer drop", "lamb", "adamw", 0),
        Rule.lower("transformer drop", "lamb", "sgd", 0),
        Rule.lower("transformer drop", "lamb", "lars", 0),
        Rule.atMost("transformer drop", "lamb", 0.015),
        Rule.lower("cnn drop", "lamb", "adamw", 0),
        Rule.lower("cnn drop", "lamb", "sgd", 0),
        Rule.atMost("cnn drop", "lamb", 0.015));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of("fashion-mnist train", FashionMnist.train(), "fashion-mnist test", test());
  }

  private static Dataset test() {
    return FashionMnist.test();
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    for (String network : List.of("cnn", "transformer")) {
      double lr = rate(arm, network);
      double larger = lr * Math.sqrt((double) LARGE / SMALL);
      Dataset train = FashionMnist.train();
      double small = accuracy(network, rule(arm, lr), SMALL, seed, train, test());
      double large = accuracy(network, rule(arm, larger), LARGE, seed, train, test());
      metrics.put(network + " accuracy 64", small);
      metrics.put(network + " accuracy 2048", large);
      metrics.put(network + " drop", small - large);
    }
    return metrics;
  }

  /** Of {1, 3} times a power of ten, the best at batch 64 on the validation images. */
  private static double rate(String arm, String network) {
    boolean cnn = network.equals("cnn");
    return switch (arm) {
      case "adamw" -> cnn ? 1e-2 : 3e-3;
      case "sgd" -> 3e-2;
      case "lars" -> cnn ? 3e-2 : 1e-2;
      default -> cnn ? 3e-2 : 1e-2;
    };
  }

  private static Optimizer rule(String arm, double lr) {
    return switch (arm) {
      case "adamw" -> new AdamW(lr, DECAY);
      case "sgd" -> new Sgd(lr, 0.9);
      case "lars" -> new Lars(lr, 0);
      default -> new Lamb(lr, DECAY);
    };
  }

  private static double accuracy(
      String network, Optimizer rule, int batch, long seed, Dataset train, Dataset test) {
    Schedule schedule =
        new Schedule.Sequence(
            List.of(Schedule.Linear.warmup(WARM_UP, 0), new Schedule.Linear(1 - WARM_UP, 1, 0)),
            List.of(WARM_UP));
    try (Generator.Use use = Generator.seeded(seed).use()) {
      Layer net =
          network.equals("cnn") ? cnn() : RowTransformer.of(32, 4, 1, () -> new LayerNorm(32));
      Trainer.of(EPOCHS, batch, seed)
          .run(
              net,
              new Backprop(new CrossEntropy(), rule, schedule, 0, 1, false),
              train.map(FashionMnist.NORMALISE),
              null);
      return Evaluator.evaluate(net, test.map(FashionMnist.NORMALISE), 500).accuracy();
    } catch (DivergedException e) {
      return 1.0 / test.classes();
    }
  }

  private static Layer cnn() {
    return new Sequential(
        new Conv2d(1, 8, 3, 2, 1, 1, true),
        Activation.relu(),
        new Conv2d(8, 16, 3, 2, 1, 1, true),
        Activation.relu(),
        new Flatten(),
        new Linear(16 * 49, 10));
  }
}
