package dev.proteus.models.diffusion;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import org.junit.jupiter.api.Test;

class SamplerTest {
  @Test
  void guidedSamplingIsThatOfDiffusers() {
    Fixture f = Fixture.read("diffusion/loop/ddim_guided");
    JsonNode c = f.config();
    UNet2D net = UNet2DTest.load(c.get("unet"), f.group("state."));
    Denoiser guided =
        new Guidance(net, Conditions.labels(f.get("unconditional")), c.get("scale").asDouble());
    Sampler sampler = new Sampler(new Ddim(SchedulerConfig.of(c.get("scheduler")), 0), 5);
    Tensor y = sampler.sample(guided, f.get("noise"), Conditions.labels(f.get("labels")));
    assertClose("y", y, f.get("y"), 1e-4);
  }

  @Test
  void whoKnowsTheImageFindsItWithEitherSampler() {
    Tensor image = Generator.seeded(1).uniform(-1, 1, 2, 1, 4, 4);
    Tensor noise = Generator.seeded(2).normal(0, 1, 2, 1, 4, 4);
    SchedulerConfig c = SchedulerConfig.DEFAULTS;
    Denoiser knows =
        (x, t, none) -> {
          NoiseSchedule s = c.noise();
          return x.sub(image.mul(s.signal(t, x))).div(s.noise(t, x));
        };
    try (Generator.Use use = Generator.seeded(3).use()) {
      for (Scheduler s : new Scheduler[] {new Ddpm(c), new Ddim(c, 0), new Ddim(c, 1)}) {
        Tensor found = new Sampler(s, 20).sample(knows, noise, Conditions.NONE);
        assertClose(s.name(), found, image, 1e-4);
      }
    }
  }

  @Test
  void guidanceIsALineThroughBothPredictions() {
    Denoiser labelled = (x, t, c) -> x.mul(0).add(c.labels().to(x.dtype()).view(-1, 1, 1, 1));
    Tensor x = Tensor.zeros(2, 1, 1, 1);
    Tensor t = Tensor.of(new long[] {5, 5}, 2);
    Conditions with = Conditions.labels(Tensor.of(new long[] {4, 7}, 2));
    Conditions without = Conditions.labels(Tensor.of(new long[] {1, 1}, 2));
    assertThat(new Guidance(labelled, without, 1).denoise(x, t, with).toDoubles())
        .containsExactly(4, 7);
    assertThat(new Guidance(labelled, without, 3).denoise(x, t, with).toDoubles())
        .containsExactly(10, 19);
    assertThatThrownBy(() -> new Guidance(labelled, Conditions.NONE, 3).denoise(x, t, with))
        .hasMessageContaining("labels");
  }

  @Test
  void conditionsAreDroppedTogetherAtTheRateAskedFor() {
    Tensor labels = Tensor.zeros(4000).to(dev.proteus.core.tensor.DType.INT64);
    Tensor states = Tensor.zeros(4000, 2, 3);
    Conditions all = new Conditions(labels, null, states, null);
    Conditions none = new Conditions(labels.add(1), null, states.add(1), null);
    Conditions mixed = all.dropped(0.2, none, Generator.seeded(1));
    double[] dropped = mixed.labels().toDoubles();
    assertThat(java.util.Arrays.stream(dropped).average().orElseThrow())
        .isCloseTo(0.2, within(0.02));
    assertThat(mixed.states().mean(1, 2).toDoubles()).isEqualTo(dropped);
  }

  @Test
  void theObjectiveIsZeroForTheTruthAndTheVarianceOfTheTargetForNothing() {
    SchedulerConfig c = SchedulerConfig.DEFAULTS;
    Tensor images = Generator.seeded(1).uniform(-1, 1, 64, 1, 8, 8);
    DiffusionObjective objective = new DiffusionObjective(c);
    Denoiser knows =
        (x, t, none) -> x.sub(images.mul(c.noise().signal(t, x))).div(c.noise().noise(t, x));
    try (Generator.Use use = Generator.seeded(2).use()) {
      assertThat(objective.loss(knows, images, Conditions.NONE).item()).isLessThan(1e-6);
      Denoiser silent = (x, t, none) -> x.mul(0);
      assertThat(objective.loss(silent, images, Conditions.NONE).item()).isCloseTo(1, within(0.1));
    }
  }
}
