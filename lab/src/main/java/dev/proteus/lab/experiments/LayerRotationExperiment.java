package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.Splits;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.optim.Layca;
import dev.proteus.methods.optim.LayerRotation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Does the rotation of a network's layers go with its accuracy, over many ways to train it? */
public final class LayerRotationExperiment implements Experiment {
  private static final int EPOCHS = 40;
  private static final double FITTED = 0.99;

  /** One training: how far the kernels turned on average, and the shares of right answers. */
  private record Outcome(double rotation, double train, double test) {}

  @Override
  public String id() {
    return "layer-rotation-layca";
  }

  @Override
  public String claim() {
    return "The more the layers of a network that fits its training set have rotated, the better it"
        + " generalises; best is a cosine distance of 1 from the start in all layers";
  }

  @Override
  public String setting() {
    return "4-layer CNN with batch norm on 500 bundled Fashion-MNIST training images, 40 epochs,"
        + " batch 25, rate times 0.2 at 80, 90 and 97%. layca: SGD-Layca with eta 3^-1 to 3^-3 and"
        + " alpha -0.3, 0, 0.3; sgd: rates 3^0 to 3^-4. Of the runs with a training accuracy of 99%"
        + " or more: Spearman's correlation of the kernels' mean final rotation with accuracy on"
        + " the 2,000 test images, and the rotation of the most accurate one";
  }

  @Override
  public List<String> arms() {
    return List.of("sgd", "layca");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.atLeast("spearman", "layca", 0.6),
        Rule.atLeast("rotation of the best", "layca", 0.8),
        Rule.atLeast("spearman", "sgd", 0));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of(
        "fashion-mnist train twentieth", train(), "fashion-mnist test", FashionMnist.test());
  }

  private static Dataset train() {
    return Splits.holdOut(FashionMnist.train(), 0.05, 0).test();
  }

  private static List<Optimizer> rules(String arm) {
    List<Optimizer> rules = new ArrayList<>();
    if (arm.equals("sgd")) {
      for (int k = 0; k <= 4; k++) {
        rules.add(new Sgd(Math.pow(3, -k), 0));
      }
    } else {
      for (int k = 1; k <= 3; k++) {
        for (double alpha : new double[] {-0.3, 0, 0.3}) {
          rules.add(new Layca(new Sgd(), Math.pow(3, -k), alpha, false));
        }
      }
    }
    return rules;
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    List<Outcome> fitted = new ArrayList<>();
    List<Optimizer> rules = rules(arm);
    for (int i = 0; i < rules.size(); i++) {
      Outcome o = train(rules.get(i), seed);
      run.metric(i, "rotation", o.rotation());
      run.metric(i, "training accuracy", o.train());
      run.metric(i, "test accuracy", o.test());
      if (o.train() >= FITTED) {
        fitted.add(o);
      }
    }
    if (fitted.size() < 3) {
      throw new IllegalStateException(
          "only " + fitted.size() + " runs fit the training set: too few for a correlation");
    }
    Outcome best = fitted.stream().max(Comparator.comparingDouble(Outcome::test)).orElseThrow();
    double[] rotations = fitted.stream().mapToDouble(Outcome::rotation).toArray();
    double[] accuracies = fitted.stream().mapToDouble(Outcome::test).toArray();
    return Map.of(
        "spearman", spearman(rotations, accuracies),
        "rotation of the best", best.rotation(),
        "accuracy of the best", best.test(),
        "fitted runs", (double) fitted.size());
  }

  private static Outcome train(Optimizer rule, long seed) {
    Dataset train = train().map(FashionMnist.NORMALISE);
    try (Generator.Use use = Generator.seeded(seed).use()) {
      Layer net = cnn();
      try (Probe.Watch watch = new LayerRotation().watch(net)) {
        Schedule schedule = new Schedule.MultiStep(List.of(0.8, 0.9, 0.97), 0.2);
        Trainer.of(EPOCHS, 25, seed)
            .run(net, new Backprop(new CrossEntropy(), rule, schedule, 0, 1, false), train, null);
        double rotation =
            watch.read().values().stream().mapToDouble(r -> r).average().orElseThrow();
        Dataset test = FashionMnist.test().map(FashionMnist.NORMALISE);
        return new Outcome(
            rotation,
            Evaluator.evaluate(net, train, 500).accuracy(),
            Evaluator.evaluate(net, test, 500).accuracy());
      }
    }
  }

  private static Layer cnn() {
    return new Sequential(
        new Conv2d(1, 8, 3, 2, 1, 1, false),
        new BatchNorm2d(8),
        Activation.relu(),
        new Conv2d(8, 16, 3, 2, 1, 1, false),
        new BatchNorm2d(16),
        Activation.relu(),
        new Conv2d(16, 32, 3, 2, 1, 1, false),
        new BatchNorm2d(32),
        Activation.relu(),
        new Flatten(),
        new Linear(32 * 16, 10));
  }

  /** The correlation of the ranks; equal values share the mean of their ranks. */
  static double spearman(double[] a, double[] b) {
    double[] x = centredRanks(a);
    double[] y = centredRanks(b);
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += x[i] * y[i];
      xx += x[i] * x[i];
      yy += y[i] * y[i];
    }
    return xy / Math.sqrt(xx * yy);
  }

  private static double[] centredRanks(double[] values) {
    double[] ranks = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      for (double other : values) {
        ranks[i] += Math.signum(values[i] - other) / 2; // below minus above, halved
      }
    }
    return ranks;
  }
}
