package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.Order;
import dev.proteus.core.data.corrupt.Corruption;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.jobs.AdaptJob;
import dev.proteus.lab.jobs.BundledModel;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.tta.AlphaBnCore;
import dev.proteus.methods.tta.AlphaBnCore.CoreLoss;
import dev.proteus.models.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** alpha-BN and the Core loss on corrupted Fashion-MNIST, with batches of three kinds. */
public final class AlphaBnCoreExperiment implements Experiment {
  private static final int SEVERITY = 5;
  private static final int SAMPLES = 500;
  private static final int SELECTION_SAMPLES = 300;
  private static final List<Double> ALPHAS = List.of(0.1, 0.3, 0.5, 0.7, 0.9);
  private static final double LR = 1e-3;
  private static final List<Corruption> SHIFTS =
      Stream.of("gaussian_noise", "contrast", "brightness", "fog", "defocus_blur")
          .map(Corruptions::named)
          .toList();

  /** What alpha is chosen on: other corruptions, of training images. */
  private static final List<Corruption> SELECTION_SHIFTS =
      Stream.of("shot_noise", "snow", "glass_blur").map(Corruptions::named).toList();

  @Override
  public String id() {
    return "alpha-bn-core";
  }

  @Override
  public String claim() {
    return "A mixture of source and test-batch statistics adapts without training, and beats either"
        + " alone where batches are small or sorted; the Core loss adds to it";
  }

  @Override
  public String setting() {
    return "fashion-resnet, one trained a seed, on the first 500 bundled Fashion-MNIST test images"
        + " with 5 corruptions at severity 5: accuracy with batches of 8, of 128, and of 128 sorted"
        + " by label. alpha of 0.1 to 0.9 is chosen for each kind of batch on 300 training images"
        + " with three other corruptions; the test images are never looked at for it";
  }

  @Override
  public List<String> arms() {
    return List.of("source", "batch-statistics", "alpha-bn", "alpha-bn-core");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.higher("noise and contrast, batch 128", "alpha-bn", "source", 0.10),
        Rule.higher("batch 8", "alpha-bn", "source", 0.02),
        Rule.higher("batch 8", "alpha-bn", "batch-statistics", 0.02),
        Rule.higher("sorted", "alpha-bn", "source", 0.02),
        Rule.higher("sorted", "alpha-bn", "batch-statistics", 0.02),
        Rule.higher("batch 128", "alpha-bn-core", "alpha-bn", 0));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of("fashion-mnist train", FashionMnist.train(), "fashion-mnist test", images());
  }

  private static Dataset images() {
    return FashionMnist.test().subset(IntStream.range(0, SAMPLES).asLongStream().toArray());
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Map<String, Double> small = stream(arm, seed, Order.iid(), 8);
    Map<String, Double> large = stream(arm, seed, Order.iid(), 128);
    Map<String, Double> sorted = stream(arm, seed, AlphaBnCoreExperiment::sorted, 128);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("batch 8", mean(small));
    metrics.put("batch 128", mean(large));
    metrics.put("sorted", mean(sorted));
    metrics.put(
        "noise and contrast, batch 128", (large.get("gaussian_noise") + large.get("contrast")) / 2);
    return metrics;
  }

  private static Map<String, Double> stream(String arm, long seed, Order order, int batch) {
    AdaptJob job = new AdaptJob(SHIFTS, SEVERITY, order, batch, seed);
    Model model = model(seed);
    return switch (arm) {
      case "source" -> job.run(model, images(), Map.of()).methods().get(0).corruptions();
      case "batch-statistics" -> adapted(job, model, images(), 0, CoreLoss.NONE);
      case "alpha-bn" ->
          adapted(job, model, images(), choose(model, seed, order, batch), CoreLoss.NONE);
      default -> adapted(job, model, images(), choose(model, seed, order, batch), CoreLoss.PLAIN);
    };
  }

  private static double choose(Model model, long seed, Order order, int batch) {
    AdaptJob job = new AdaptJob(SELECTION_SHIFTS, SEVERITY, order, batch, seed);
    Dataset some = FashionMnist.train().subset(LongStream.range(0, SELECTION_SAMPLES).toArray());
    Map<String, OnlineAdapter> candidates = new LinkedHashMap<>();
    for (double alpha : ALPHAS) {
      candidates.put(String.valueOf(alpha), new AlphaBnCore(alpha, CoreLoss.NONE, LR));
    }
    return job.adapted(model, some, candidates).stream()
        .max(Comparator.comparingDouble(AdaptJob.Row::mean))
        .map(best -> Double.valueOf(best.method()))
        .orElseThrow();
  }

  private static Map<String, Double> adapted(
      AdaptJob job, Model model, Dataset images, double alpha, CoreLoss core) {
    Map<String, OnlineAdapter> one = Map.of("adapted", new AlphaBnCore(alpha, core, LR));
    return job.adapted(model, images, one).get(0).corruptions();
  }

  private static Model model(long seed) {
    try {
      return BundledModel.fashionResnet(seed, new TrainingListener() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int[] sorted(int n, long[] labels, Random random) {
    return IntStream.range(0, n)
        .boxed()
        .sorted(Comparator.comparingLong(i -> labels[i]))
        .mapToInt(i -> i)
        .toArray();
  }

  private static double mean(Map<String, Double> accuracies) {
    return accuracies.values().stream().mapToDouble(a -> a).average().orElseThrow();
  }
}
