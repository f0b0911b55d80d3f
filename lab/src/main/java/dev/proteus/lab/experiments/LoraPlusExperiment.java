package dev.proteus.lab.experiments;

import dev.proteus.core.adapter.Lora;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.peft.LoraPlus;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A network of random features whose middle layer is adapted, at several ratios of rates. */
final class LoraPlusExperiment implements Experiment {
  private static final int INPUTS = 5;
  private static final int SAMPLES = 512;
  private static final int TEACHER = 20;
  private static final int STEPS = 150;
  private static final List<Integer> WIDTHS = List.of(64, 256);
  private static final Map<String, Double> RATIOS =
      Map.of("ratio 1", 1.0, "ratio 10", 10.0, "ratio 32", Math.pow(10, 1.5));

  @Override
  public String id() {
    return "lora-plus";
  }

  @Override
  public String claim() {
    return "B needs a larger learning rate than A: with each ratio at its own best rate, a ratio well"
        + " above 1 trains better than 1.";
  }

  @Override
  public String setting() {
    return "W3 relu((W2 + B A) relu(W1 x)) with frozen W of variance 1 / inputs, x in R^5, widths 64"
        + " and 256, rank 4; 150 full-batch Adam(0.9, 0.99) steps towards a ReLU teacher of 20"
        + " units on 512 samples. Each ratio takes, on each seed, the rate of A with the least final"
        + " training error out of 10^-4, 10^-3.5, .., 10^-1; the error on 512 fresh samples is that"
        + " network's.";
  }

  @Override
  public List<Long> seeds() {
    return List.of(1L, 2L, 3L, 4L, 5L);
  }

  @Override
  public List<String> arms() {
    return List.of("ratio 1", "ratio 10", "ratio 32");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.lower("mse, width 256", "ratio 32", "ratio 1", 0),
        Rule.lower("mse, width 64", "ratio 32", "ratio 1", 0));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of();
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    double ratio = RATIOS.get(arm);
    Map<String, Double> metrics = new TreeMap<>();
    try (Scope scope = Scope.open()) {
      Layer teacher =
          new Sequential(linear(INPUTS, TEACHER), Activation.relu(), linear(TEACHER, 1));
      Tensor x = Generator.current().normal(0, 1, 2L * SAMPLES, INPUTS);
      Tensor y = Autograd.noGrad(() -> teacher.forward(x));
      for (int width : WIDTHS) {
        Layer base =
            new Sequential()
                .add("in", linear(INPUTS, width))
                .add("relu1", Activation.relu())
                .add("hidden", linear(width, width))
                .add("relu2", Activation.relu())
                .add("out", linear(width, 1));
        // All rates, and all arms, start from the same A.
        Generator start = Generator.current().fork();
        Tensor state = start.state();
        double best = Double.POSITIVE_INFINITY;
        for (double log = -4; log <= -1; log += 0.5) {
          start.restore(state);
          double[] mse = train(base.copy(), new LoraPlus(Math.pow(10, log), ratio), start, x, y);
          run.metric(Math.round(2 * log), "mse, width " + width, mse[0]);
          if (mse[0] < best) {
            best = mse[0];
            metrics.put("mse, width " + width, mse[0]);
            metrics.put("fresh mse, width " + width, mse[1]);
            metrics.put("log10 rate of A, width " + width, log);
          }
        }
      }
    }
    return metrics;
  }

  private static Linear linear(int in, int out) {
    Linear l = new Linear(in, out, false);
    l.weight().assign(Generator.current().normal(0, 1 / Math.sqrt(in), out, in));
    return l;
  }

  /** The errors after training: on the samples trained on, and on the others. */
  private static double[] train(Layer net, LoraPlus rule, Generator g, Tensor x, Tensor y) {
    try (Generator.Use use = g.use()) {
      new Lora(4, 4, 0, List.of("hidden")).attach(net);
    }
    Stepper stepper = rule.on(net);
    for (int i = 0; i < STEPS; i++) {
      try (Scope step = Scope.open()) {
        stepper.zeroGrad();
        F.mse(net.forward(x.narrow(0, 0, SAMPLES)), y.narrow(0, 0, SAMPLES)).backward();
        stepper.step();
      }
    }
    try (Scope last = Scope.open()) {
      Tensor errors = Autograd.noGrad(() -> net.forward(x).sub(y).square());
      return new double[] {
        errors.narrow(0, 0, SAMPLES).mean().item(), errors.narrow(0, SAMPLES, SAMPLES).mean().item()
      };
    }
  }
}
