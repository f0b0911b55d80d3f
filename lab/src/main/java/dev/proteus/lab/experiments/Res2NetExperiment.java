package dev.proteus.lab.experiments;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.run.Run;
import dev.proteus.methods.vision.Res2NetBlock;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** One scale against four at equal parameters, on textures of all sizes and on Fashion-MNIST. */
final class Res2NetExperiment implements Experiment {
  private static final int SIDE = 32;
  private static final int TEXTURES = 4;
  private static final int SMALLEST = 3;
  private static final int LARGEST = 20;
  private static final double NOISE = 0.7;
  private static final int TRAIN = 2000;
  private static final int TEST = 2000;
  private static final int BATCH = 64;
  private static final int BLOB_EPOCHS = 4;
  private static final int FASHION_EPOCHS = 1;
  private static final int FASHION_TRAIN = 6000;
  private static final double LR = 3e-3;

  @Override
  public String id() {
    return "res2net";
  }

  @Override
  public String claim() {
    return "Hierarchical connections within a block give features of more scales: four scales beat"
        + " a plain bottleneck of equal size.";
  }

  @Override
  public String setting() {
    return "Bottleneck networks with stages of 2 blocks of 32, 64 and 128 channels: s = 1 (57,018"
        + " parameters with 10 classes) and 26w4s (55,750). Blobs: 32x32 noise with a"
        + " square of side 3 to 20, its texture one of 4 to tell, 2,000 images for training and 2,000 for testing, 4 epochs."
        + " Fashion-MNIST: 6,000 for training, 2,000 for testing, 1 epoch. AdamW, batch 64.";
  }

  @Override
  public List<String> arms() {
    return List.of("s = 1", "s = 4");
  }

  @Override
  public List<Rule> rules() {
    return List.of(
        Rule.higher("blobs", "s = 4", "s = 1", 0),
        Rule.higher("large blobs", "s = 4", "s = 1", 0.01),
        Rule.higher("fashion", "s = 4", "s = 1", -0.002));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of("fashion-mnist train", fashionTrain(), "fashion-mnist test", FashionMnist.test());
  }

  private static Dataset fashionTrain() {
    return FashionMnist.train().subset(LongStream.range(0, FASHION_TRAIN).toArray());
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    Generator random = Generator.seeded(1000 + seed);
    int middle = (SMALLEST + LARGEST) / 2;
    Dataset train = blobs(random, TRAIN, SMALLEST, LARGEST);
    Dataset small = blobs(random, TEST / 2, SMALLEST, middle);
    Dataset large = blobs(random, TEST / 2, middle + 1, LARGEST);
    Layer net = network(arm, 1, TEXTURES);
    metrics.put(
        "parameters",
        (double) net.parameters().values().stream().mapToLong(p -> p.value().numel()).sum());
    fit(net, train, BLOB_EPOCHS, seed);
    metrics.put("small blobs", Evaluator.evaluate(net, small, 500).accuracy());
    metrics.put("large blobs", Evaluator.evaluate(net, large, 500).accuracy());
    metrics.put("blobs", (metrics.get("small blobs") + metrics.get("large blobs")) / 2);

    Layer second = network(arm, 1, FashionMnist.CLASSES.size());
    fit(second, fashionTrain().map(FashionMnist.NORMALISE), FASHION_EPOCHS, seed);
    Dataset test = FashionMnist.test().map(FashionMnist.NORMALISE);
    metrics.put("fashion", Evaluator.evaluate(second, test, 500).accuracy());
    return metrics;
  }

  private static Layer network(String arm, int channels, int classes) {
    ResNetConfig c =
        new ResNetConfig(
            channels,
            16,
            List.of(8, 16, 32),
            List.of(2, 2, 2),
            ResNetConfig.Block.BOTTLENECK,
            ResNetConfig.Stem.SMALL,
            ResNetConfig.Shortcut.CONV,
            classes);
    return new ResNet(
        c, arm.equals("s = 4") ? Res2NetBlock.factory(4, 26, 1) : Res2NetBlock.factory(1, 64, 1));
  }

  private static void fit(Layer net, Dataset data, int epochs, long seed) {
    Backprop rule = new Backprop(new CrossEntropy(), new AdamW(LR, 0.01));
    Trainer.of(epochs, BATCH, seed).run(net, rule, data, null);
  }

  /** Squares of sides from {@code from} to {@code to} anywhere in noise. */
  private static Dataset blobs(Generator random, int n, int from, int to) {
    try (Scope scope = Scope.open()) {
      Tensor images = random.normal(0, NOISE, n, 1, SIDE, SIDE);
      long[] labels = new long[n];
      for (int i = 0; i < n; i++) {
        int side = from + random.nextInt(to - from + 1);
        labels[i] = random.nextInt(TEXTURES);
        Tensor place =
            images
                .get(i)
                .get(0)
                .narrow(0, random.nextInt(SIDE - side + 1), side)
                .narrow(1, random.nextInt(SIDE - side + 1), side);
        try (Scope one = Scope.open()) {
          place.add_(texture((int) labels[i], side, random.nextInt(4)));
        }
      }
      return new TensorDataset(images, Tensor.of(labels, n), TEXTURES);
    }
  }

  /**
   * Stripes of period 4 along rows, columns or a diagonal, or their chequers; +-1, [side, side].
   */
  private static Tensor texture(int kind, int side, int phase) {
    Tensor row = Tensor.arange(side).unsqueeze(1).add(phase);
    Tensor column = Tensor.arange(side).unsqueeze(0).add(phase);
    return switch (kind) {
      case 0 -> stripes(row).expand(side, side);
      case 1 -> stripes(column).expand(side, side);
      case 2 -> stripes(row.add(column));
      default -> stripes(row).mul(stripes(column));
    };
  }

  private static Tensor stripes(Tensor at) {
    return at.remainder(4).lt(2).to(DType.FLOAT32).mul(2).sub(1);
  }
}
