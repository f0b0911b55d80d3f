package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MaxPool2d;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingResult;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.binary.LatentWeights;
import dev.proteus.methods.binary.XnorNet;
import dev.proteus.methods.binary.XnorNet.Inputs;
import dev.proteus.methods.binary.XnorNet.WeightGradient;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Binary weights, and binary weights and inputs, against the real network. */
public final class XnorNetExperiment implements Experiment {
  private static final String ACCURACY = "accuracy";
  private static final String REAL = "real";
  private static final String WEIGHTS = "binary-weights";
  private static final String XNOR = "xnor";
  private static final String WITHOUT_K = "xnor-without-k";
  private static final String PLAIN = "plain-sign";
  private static final int SAMPLES = 5000;

  @Override
  public String id() {
    return "xnor-net";
  }

  @Override
  public String claim() {
    return "Binary weights with a scale lose little accuracy; binary inputs lose some more, and less"
        + " with scales than without";
  }

  @Override
  public String setting() {
    return "LeNet-5 with batch norm on 5,000 Fashion-MNIST images, tested on 2,000; first and last"
        + " layer real; Adam 1e-3 with a cosine, batches of 50, 5 epochs";
  }

  @Override
  public List<String> arms() {
    return List.of(REAL, WEIGHTS, XNOR, WITHOUT_K, PLAIN);
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.higher(ACCURACY, WEIGHTS, REAL, -0.02),
        Rule.higher(ACCURACY, XNOR, REAL, -0.06),
        Rule.higher(ACCURACY, WITHOUT_K, PLAIN, 0));
  }

  @Override
  public Map<String, Dataset> data() {
    // the bundled images are in random order
    Dataset train = FashionMnist.train().subset(LongStream.range(0, SAMPLES).toArray());
    return Map.of(
        "train",
        train.map(FashionMnist.NORMALISE),
        "test",
        FashionMnist.test().map(FashionMnist.NORMALISE));
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Layer net = lenet();
    Optimizer optimizer = new Adam(1e-3);
    if (!arm.equals(REAL)) {
      net = form(arm).apply(net);
      optimizer = new LatentWeights(optimizer);
    }
    Backprop rule = new Backprop(new CrossEntropy(), optimizer, new Schedule.Cosine(), 0, 1, false);
    TrainingResult result = Trainer.of(5, 50, seed).run(net, rule, data().get("train"), null);
    result.history().forEach(e -> run.metric(e.step(), "loss", e.loss()));
    return Map.of(ACCURACY, Evaluator.evaluate(net, data().get("test"), 500).accuracy());
  }

  private static XnorNet form(String arm) {
    return switch (arm) {
      case WEIGHTS -> XnorNet.binaryWeights();
      case XNOR -> new XnorNet();
      case WITHOUT_K -> new XnorNet(Inputs.SIGN, true, WeightGradient.PAPER);
      case PLAIN -> new XnorNet(Inputs.SIGN, false, WeightGradient.PAPER);
      default -> throw new IllegalArgumentException(arm);
    };
  }

  private static Layer lenet() {
    return new Sequential()
        .add("conv1", new Conv2d(1, 20, 5))
        .add("bn1", new BatchNorm2d(20))
        .add("act1", Activation.relu())
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new Conv2d(20, 50, 5))
        .add("act2", Activation.relu())
        .add("pool2", new MaxPool2d(2))
        .add("flatten", new Flatten())
        .add("fc1", new Linear(800, 500))
        .add("act3", Activation.relu())
        .add("head", new Linear(500, 10));
  }
}
