package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.Splits;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.fusion.Lines;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Layer scaling of one fine-tuned network, and of four that are merged, against constant scaling.
 */
final class LinesExperiment implements Experiment {
  private static final int BLOCKS = 8;
  private static final int WIDTH = 64;
  private static final int BATCH = 128;
  private static final int PRETRAINING = 8;
  private static final int FINE_TUNING = 5;
  private static final double HELD_OUT = 0.2;

  /** How much the target counts where alpha is chosen, as in the paper. */
  private static final double TARGET_WEIGHT = 2;

  private static final List<UnaryOperator<Tensor>> TASKS =
      List.of(
          x -> x.rsub(1), // inverted
          x -> x.transpose(2, 3).flip(3), // turned by 90 degrees
          x -> x.flip(2), // upside down
          LinesExperiment::blurred);

  @Override
  public String id() {
    return "lines";
  }

  @Override
  public String claim() {
    return "Scaling what fine-tuning changed by depth keeps the target's accuracy and forgets less than"
        + " constant scaling, and makes merged networks better.";
  }

  @Override
  public String setting() {
    return "8 pre-norm residual MLP blocks of width 64, pretrained on the bundled Fashion-MNIST (the"
        + " control task), fine-tuned with an own head on inverted, turned, flipped and blurred"
        + " images. One network: alpha of the inverted task from 0, 0.1, .., 1 by 2 target / tuned"
        + " + control / pretrained; merged: the factor from 0.1, .., 1 by the mean accuracy of the"
        + " four; both on 20% held out of the training images. Accuracies on the test images.";
  }

  @Override
  public List<String> arms() {
    return List.of("constant", "lines");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.higher("control accuracy", "lines", "constant", 0.01),
        Rule.higher("target accuracy", "lines", "constant", -0.01),
        Rule.higher("merged accuracy", "lines", "constant", 0.01));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of(
        "fashion-mnist train", FashionMnist.train(), "fashion-mnist test", FashionMnist.test());
  }

  /** A backbone's values and a head: what a task knows. */
  private record Tuned(Map<String, Tensor> backbone, Layer head) {}

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Splits split = Splits.holdOut(FashionMnist.train(), HELD_OUT, seed);
    Layer backbone = backbone();
    Tuned control = train(backbone, x -> x, split.train(), PRETRAINING, 1e-3, seed);
    List<Tuned> tasks = new ArrayList<>();
    for (UnaryOperator<Tensor> task : TASKS) {
      backbone.load(control.backbone());
      tasks.add(train(backbone, task, split.train(), FINE_TUNING, 5e-4, seed));
    }
    List<Map<String, Tensor>> tuned = tasks.stream().map(Tuned::backbone).toList();
    Judge validation = new Judge(backbone, split.test(), control, tasks);
    Judge test = new Judge(backbone, FashionMnist.test(), control, tasks);
    Map<String, Double> metrics = new LinkedHashMap<>();

    double tunedAccuracy = validation.task(0, tuned.get(0));
    double pretrained = validation.control(control.backbone());
    Map<String, Tensor> chosen = null;
    double best = -1;
    for (int i = 0; i <= 10; i++) {
      double alpha = i / 10.0;
      // The same factor everywhere is a slope of 0.
      Lines lines = lines(alpha, arm.equals("lines") ? 1 - alpha : 0);
      Map<String, Tensor> edited = lines.fuse(control.backbone(), tuned.subList(0, 1));
      double value =
          TARGET_WEIGHT * validation.task(0, edited) / tunedAccuracy
              + validation.control(edited) / pretrained;
      run.metric(i, "trade-off on validation", value);
      if (value > best) {
        best = value;
        chosen = edited;
        metrics.put("alpha", alpha);
      }
    }
    metrics.put("target accuracy", test.task(0, chosen));
    metrics.put("control accuracy", test.control(chosen));
    metrics.put("target accuracy, tuned", test.task(0, tuned.get(0)));
    metrics.put("control accuracy, tuned", test.control(tuned.get(0)));
    metrics.put("control accuracy, pretrained", test.control(control.backbone()));

    best = -1;
    for (int i = 1; i <= 10; i++) {
      double factor = i / 10.0;
      // Constant scaling of the sum by the factor: alpha is over the number of networks.
      Lines lines = arm.equals("lines") ? lines(1, factor) : lines(factor * tuned.size(), 0);
      Map<String, Tensor> merged = lines.fuse(control.backbone(), tuned);
      double value = validation.mean(merged);
      run.metric(i, "merged on validation", value);
      if (value > best) {
        best = value;
        chosen = merged;
        metrics.put("factor", factor);
      }
    }
    metrics.put("merged accuracy", test.mean(chosen));
    return metrics;
  }

  private static Lines lines(double alpha, double beta) {
    return new Lines(alpha, beta, "blocks.*");
  }

  private static Layer backbone() {
    Sequential net =
        new Sequential()
            .add("flatten", new Flatten())
            .add("stem", new Linear(28L * 28, WIDTH))
            .add(
                "blocks",
                new Sequential(
                    IntStream.range(0, BLOCKS).mapToObj(i -> LinesExperiment.block()).toList()));
    return net.add("norm", new LayerNorm(WIDTH));
  }

  private static Layer block() {
    return new Residual(
        new Sequential(
            new LayerNorm(WIDTH),
            new Linear(WIDTH, 2L * WIDTH),
            Activation.gelu(),
            new Linear(2L * WIDTH, WIDTH)));
  }

  private static Dataset as(UnaryOperator<Tensor> task, Dataset images) {
    return images.map(x -> FashionMnist.NORMALISE.apply(task.apply(x.to(DType.FLOAT32).div(255))));
  }

  private static Tuned train(
      Layer backbone,
      UnaryOperator<Tensor> task,
      Dataset images,
      int epochs,
      double lr,
      long seed) {
    Layer head = new Linear(WIDTH, FashionMnist.CLASSES.size());
    Layer net = new Sequential(backbone, head);
    Backprop rule = new Backprop(new CrossEntropy(), new AdamW(lr, 0.01));
    Trainer.of(epochs, BATCH, seed).run(net, rule, as(task, images), null);
    return new Tuned(backbone.snapshot(), head);
  }

  /** Accuracies on one part of the images. */
  private record Judge(Layer backbone, Dataset images, Tuned control, List<Tuned> tasks) {
    double control(Map<String, Tensor> state) {
      return accuracy(state, control.head(), x -> x);
    }

    double task(int i, Map<String, Tensor> state) {
      return accuracy(state, tasks.get(i).head(), TASKS.get(i));
    }

    double mean(Map<String, Tensor> state) {
      return IntStream.range(0, TASKS.size())
          .mapToDouble(i -> task(i, state))
          .average()
          .orElseThrow();
    }

    private double accuracy(Map<String, Tensor> state, Layer head, UnaryOperator<Tensor> task) {
      backbone.load(state);
      return Evaluator.evaluate(new Sequential(backbone, head), as(task, images), 1000).accuracy();
    }
  }

  private static Tensor blurred(Tensor x) {
    long[] five = {5, 5};
    long[] one = {1, 1};
    return F.avgPool2d(x, five, one, new long[] {2, 2}, false, true);
  }
}
