package dev.proteus.models.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Batches;
import dev.proteus.core.data.Digits;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Trainer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handwritten digits of a wanted class out of noise, end to end. */
class DigitsTest {
  private static final int CLASSES = 10;
  private static final int EPOCHS = 8;
  private static final int EACH = 20;

  private static final String CONFIG =
      """
      {
        "_class_name": "UNet2DModel", "in_channels": 1, "out_channels": 1,
        "block_out_channels": [16, 32], "layers_per_block": 1, "norm_num_groups": 4,
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "num_class_embeds": 11
      }
      """;

  private int threads;

  private static Tensor centred(Tensor x) {
    return x.mul(2).sub(1);
  }

  private static Conditions none(long n) {
    return Conditions.labels(Tensor.full(DType.INT64, CLASSES, n));
  }

  private static List<Double> train(UNet2D net, DiffusionObjective objective) {
    Stepper stepper = new Adam(3e-3).on(net);
    List<Double> losses = new ArrayList<>();
    Batches batches = Batches.of(Digits.train(), 64).shuffled(Generator.current());
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
      batches.forEach(
          batch -> {
            stepper.zeroGrad();
            Conditions c =
                Conditions.labels(batch.target())
                    .dropped(0.1, none(batch.size()), Generator.current());
            Tensor loss = objective.loss(net, centred(batch.input()), c);
            loss.backward();
            stepper.step();
            losses.add(loss.item());
          });
    }
    return losses;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static Layer classifier() {
    Layer net =
        new Sequential(
            new Flatten(), new Linear(64, 64), Activation.relu(), new Linear(64, CLASSES));
    Backprop rule = new Backprop(new CrossEntropy(), new Adam(1e-2));
    Trainer.of(15, 64, 1).run(net, rule, Digits.train(), null);
    return net;
  }

  /** How many images a classifier takes for what was wanted. */
  private static double share(Layer classifier, Tensor images, Tensor wanted) {
    try (Autograd.Mode off = Autograd.noGrad()) {
      Tensor seen = classifier.forward(images).argmax(1);
      return seen.eq(wanted).to(DType.FLOAT32).mean().item();
    }
  }

  /** Operators this small gain nothing from threads, and on busy cores wait for each other. */
  @BeforeEach
  void oneThread() {
    threads = Engine.threads();
    Engine.threads(1);
  }

  @AfterEach
  void threadsAsBefore() {
    Engine.threads(threads);
  }

  @Test
  void digitsOfAWantedClassComeOutOfNoise() throws JsonProcessingException {
    SchedulerConfig schedule = SchedulerConfig.DEFAULTS;
    try (Scope s = Scope.open();
        Generator.Use use = Generator.seeded(1).use()) {
      Layer classifier = classifier();
      Batch real = Batches.of(Digits.test(), Digits.test().size()).epoch().next();
      assertThat(share(classifier, real.input(), real.target())).isGreaterThan(0.9);

      UNet2D net = new UNet2D(UNet2DConfig.of(new ObjectMapper().readTree(CONFIG)));
      List<Double> losses = train(net, new DiffusionObjective(schedule));
      assertThat(mean(losses.subList(losses.size() - 20, losses.size())))
          .isLessThan(mean(losses.subList(0, 5)) / 3);
      net.eval();

      Tensor wanted = Tensor.arange(CLASSES).repeatInterleave(EACH, 0);
      Tensor noise = Generator.current().normal(0, 1, wanted.numel(), 1, 8, 8);
      Denoiser guided = new Guidance(net, none(wanted.numel()), 2);
      Tensor images =
          new Sampler(new Ddim(schedule, 0), 20).sample(guided, noise, Conditions.labels(wanted));
      // Chance is a tenth; 0.7 to 0.8 of them came out right.
      assertThat(share(classifier, images.add(1).div(2), wanted)).isGreaterThan(0.5);
    }
  }
}
