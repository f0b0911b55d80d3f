package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.domain.Dann;
import dev.proteus.methods.domain.ProxyADistance;
import dev.proteus.methods.domain.ProxyADistance.Side;
import dev.proteus.methods.domain.TwoDomains;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Domain-adversarial training on rotated moons. */
public final class DannExperiment implements Experiment {
  private static final String SOURCE_ONLY = "source-only";
  private static final String DANN = "dann";
  private static final String ERROR = "target error";
  private static final String PAD = "proxy A-distance";
  private static final int SAMPLES = 150;
  private static final int STEPS = 6000;
  // Single iterates jump about: the target's error is a mean over the last tenth.
  private static final int LATE = STEPS - STEPS / 10;
  private static final int EVERY = 20;

  @Override
  public String id() {
    return "dann";
  }

  @Override
  public String claim() {
    return "An adversary on the domain makes representations of source and target alike, and the"
        + " classifier right on the target";
  }

  @Override
  public String setting() {
    return "Two moons, 150 points, and 150 others turned by 35 degrees; 15 sigmoid units, domain"
        + " classifier 15-10-1, lambda 1, full batch, Adam 1e-2, 6,000 steps; error on the target as"
        + " a mean over the last 600";
  }

  @Override
  public List<String> arms() {
    return List.of(SOURCE_ONLY, DANN);
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.lower(ERROR, DANN, SOURCE_ONLY, 0.05), Rule.lower(PAD, DANN, SOURCE_ONLY, 0));
  }

  @Override
  public Map<String, Dataset> data() {
    Map<String, Dataset> all = new LinkedHashMap<>();
    for (long seed : seeds()) {
      all.put("source " + seed, moons(seed, false));
      all.put("target " + seed, moons(seed, true));
    }
    return all;
  }

  /**
   * Half circles of radius 1, the second turned and moved to (1, 1/2), with noise of 0.05; centred
   * (the mean is (1/2, 1/4)) and doubled.
   */
  private static Dataset moons(long seed, boolean turned) {
    try (Scope scope = Scope.open()) {
      Generator random = Generator.seeded(2 * seed + (turned ? 1 : 0));
      Tensor t = Tensor.linspace(0, Math.PI, SAMPLES / 2);
      Tensor upper = Tensor.stack(1, t.cos(), t.sin());
      Tensor lower = Tensor.stack(1, t.cos().rsub(1), t.sin().rsub(0.5));
      Tensor x = Tensor.cat(0, upper, lower).add(random.normal(0, 0.05, SAMPLES, 2));
      x = x.sub(Tensor.of(new float[] {0.5f, 0.25f}, 2)).mul(2);
      if (turned) {
        float cos = (float) Math.cos(Math.toRadians(35));
        float sin = (float) Math.sin(Math.toRadians(35));
        x = x.matmul(Tensor.of(new float[] {cos, sin, -sin, cos}, 2, 2));
      }
      Tensor y = Tensor.zeros(DType.INT64, SAMPLES);
      y.narrow(0, SAMPLES / 2, SAMPLES / 2).fill_(1);
      // mixed, because the probe holds out the second half
      Tensor order = random.permutation(SAMPLES);
      return new TensorDataset(x.indexSelect(0, order), y.indexSelect(0, order), 2);
    }
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    TensorDataset source = (TensorDataset) data().get("source " + seed);
    TensorDataset target = (TensorDataset) data().get("target " + seed);
    Layer net =
        new Sequential()
            .add("fc", new Linear(2, 15))
            .add("features", Activation.sigmoid())
            .add("head", new Linear(15, 2));
    Dann rule =
        new Dann(
            "features",
            List.of(10),
            arm.equals(DANN) ? 1 : 0,
            new Adam(1e-2),
            new Schedule.Constant());
    LateErrors late = new LateErrors(net, target, run);
    Trainer.of(STEPS, 2 * SAMPLES, seed).run(net, rule, new TwoDomains(source, target), null, late);
    return Map.of(
        ERROR,
        late.sum / late.count,
        "source error",
        1 - Evaluator.evaluate(net, source, SAMPLES).accuracy(),
        PAD,
        distance(net, source, target));
  }

  private static final class LateErrors implements TrainingListener {
    private final Layer net;
    private final Dataset target;
    private final Run run;
    private double sum;
    private int count;

    LateErrors(Layer net, Dataset target, Run run) {
      this.net = net;
      this.target = target;
      this.run = run;
    }

    @Override
    public void stepped(long step, double loss) {
      if (step > LATE && step % EVERY == 0) {
        double error = 1 - Evaluator.evaluate(net, target, SAMPLES).accuracy();
        run.metric(step, ERROR, error);
        sum += error;
        count++;
      }
    }
  }

  private static double distance(Layer net, TensorDataset source, TensorDataset target) {
    try (Scope scope = Scope.open();
        Probe.Watch watch = new ProxyADistance("features").watch(net)) {
      ProxyADistance.SIDE.with(Side.SOURCE, () -> net.forward(source.input()));
      ProxyADistance.SIDE.with(Side.TARGET, () -> net.forward(target.input()));
      return watch.read().get("features");
    }
  }
}
