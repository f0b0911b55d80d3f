package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluation;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingResult;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.local.MonoForward;
import dev.proteus.methods.local.MonoForward.PassOn;
import dev.proteus.methods.local.MonoForward.Prediction;
import java.util.List;
import java.util.Map;

/** Mono-Forward against backpropagation. */
public final class MonoForwardExperiment implements Experiment {
  private static final String BACKPROP = "backprop";
  private static final String SUM = "mono-forward-sum";
  private static final String LAST = "mono-forward-last";
  private static final String ACCURACY = "accuracy";
  private static final double CLOSE = -0.015;

  @Override
  public String id() {
    return "mono-forward";
  }

  @Override
  public String claim() {
    return "Training each layer on its own read-out matches the accuracy of backpropagation.";
  }

  @Override
  public String setting() {
    return "UCI digits; MLP 64-256-256-256-10, Adam 1e-3, batches of 64, 60 epochs.";
  }

  @Override
  public List<String> arms() {
    return List.of(BACKPROP, SUM, LAST);
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.higher(ACCURACY, SUM, BACKPROP, CLOSE), Rule.higher(ACCURACY, LAST, BACKPROP, CLOSE));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of("train", vectors(Digits.train()), "test", vectors(Digits.test()));
  }

  private static Dataset vectors(Dataset images) {
    return images.map(x -> x.flatten(1, -1));
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Layer net = mlp();
    TrainingResult result = Trainer.of(60, 64, seed).run(net, rule(arm), data().get("train"), null);
    result.history().forEach(e -> run.metric(e.step(), "loss", e.loss()));
    Evaluation e = Evaluator.evaluate(net, result.learner(), data().get("test"), 360);
    return Map.of(ACCURACY, e.accuracy());
  }

  private static Layer mlp() {
    Sequential net = new Sequential();
    for (int i = 0; i < 3; i++) {
      net.add(new Linear(i == 0 ? 64 : 256, 256)).add(Activation.relu());
    }
    return net.add(new Linear(256, 10));
  }

  private static LearningRule rule(String arm) {
    Adam adam = new Adam(1e-3);
    return switch (arm) {
      case BACKPROP -> new Backprop(new CrossEntropy(), adam, new Schedule.Constant(), 0, 1, false);
      case SUM -> new MonoForward(adam, Prediction.SUM, PassOn.BEFORE_UPDATE);
      case LAST -> new MonoForward(adam, Prediction.LAST, PassOn.BEFORE_UPDATE);
      default -> throw new IllegalArgumentException(arm);
    };
  }
}
