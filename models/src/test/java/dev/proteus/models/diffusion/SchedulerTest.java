package dev.proteus.models.diffusion;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchedulerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static List<String> cases() {
    return Fixture.names("diffusion/scheduler");
  }

  private static Scheduler of(JsonNode config, double eta) {
    SchedulerConfig c = SchedulerConfig.of(config);
    return config.get("_class_name").asText().equals("DDPMScheduler")
        ? new Ddpm(c)
        : new Ddim(c, eta);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void stepsAsDiffusersDoes(String name) {
    Fixture f = Fixture.read(name);
    Scheduler scheduler = of(f.config(), Double.parseDouble(f.metadata("eta")));
    NoiseSchedule noise = scheduler.noise();
    float[] left = new float[noise.steps()];
    IntStream.range(0, left.length).forEach(t -> left[t] = noise.left(t));
    assertClose("left", Tensor.of(left, left.length), f.get("left"), 1e-6);

    long[] timesteps = f.get("timesteps").toLongs();
    List<Scheduler.Step> steps = scheduler.steps(timesteps.length);
    assertThat(steps.stream().mapToLong(Scheduler.Step::t)).containsExactly(box(timesteps));
    Tensor x = f.get("x");
    Tensor output = f.get("output");
    for (int i = 0; i < timesteps.length; i++) {
      Scheduler.Step step = steps.get(i);
      Tensor result = f.get("result." + i);
      Tensor drawn = f.get("noise." + i);
      Tensor mean = scheduler.mean(step, x, output);
      assertClose("mean and noise " + i, mean.add(drawn, scheduler.deviation(step)), result, 1e-5);
      Tensor stepped = scheduler.step(step, x, output, Generator.seeded(i));
      assertClose("step " + i, stepped, result, 1e-5);
    }

    Tensor images = f.get("images");
    Tensor t = f.get("t");
    assertClose("noisy", noise.addNoise(images, f.get("e"), t), f.get("noisy"), 1e-6);
    Tensor velocity =
        Prediction.V_PREDICTION.target(
            images, f.get("e"), noise.signal(t, images), noise.noise(t, images));
    assertClose("velocity", velocity, f.get("velocity"), 1e-6);
  }

  private static Long[] box(long[] values) {
    return java.util.Arrays.stream(values).boxed().toArray(Long[]::new);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void settingsAreReadFromFilesAndWrittenAsDiffusersDoes(String name) throws IOException {
    JsonNode published = Fixture.read(name).config();
    Files.writeString(folder.resolve("scheduler_config.json"), published.toString());
    Scheduler scheduler = Scheduler.read(folder);
    Path copy = folder.resolve("copy");
    scheduler.write(copy);
    JsonNode written = JSON.readTree(copy.resolve("scheduler_config.json").toFile());
    written
        .properties()
        .forEach(
            e ->
                assertThat(e.getValue().isNumber() ? e.getValue().asDouble() : e.getValue())
                    .as(e.getKey())
                    .isEqualTo(
                        published.get(e.getKey()).isNumber()
                            ? published.get(e.getKey()).asDouble()
                            : published.get(e.getKey())));
    assertThat(Scheduler.read(copy).config()).isEqualTo(scheduler.config());
    assertThat(Scheduler.read(copy)).hasSameClassAs(scheduler);
  }

  @ParameterizedTest
  @CsvSource({
    "beta_schedule, sigmoid",
    "prediction_type, flow",
    "variance_type, learned_range",
    "timestep_spacing, karras",
    "trained_betas, 0.1",
    "thresholding, true",
    "rescale_betas_zero_snr, true",
    "_class_name, PNDMScheduler"
  })
  void whatIsNotImplementedIsRefusedByKey(String key, String value) throws IOException {
    ObjectNode config = JSON.createObjectNode().put("_class_name", "DDPMScheduler").put(key, value);
    Files.writeString(folder.resolve("scheduler_config.json"), config.toString());
    assertThatThrownBy(() -> Scheduler.read(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value);
  }

  @Test
  void moreStepsThanTrainingHadAreRefused() {
    Ddim scheduler = new Ddim(SchedulerConfig.DEFAULTS, 0);
    assertThatThrownBy(() -> scheduler.steps(1001)).hasMessageContaining("1 to 1000");
    assertThatThrownBy(() -> scheduler.steps(0)).hasMessageContaining("1 to 1000");
    assertThatThrownBy(() -> new Ddim(SchedulerConfig.DEFAULTS, -1)).hasMessageContaining("eta");
    SchedulerConfig shifted = SchedulerConfig.of(JSON.createObjectNode().put("steps_offset", 1));
    assertThatThrownBy(() -> new Ddpm(shifted).steps(1000)).hasMessageContaining("steps_offset");
  }

  /** Each way to say it, and the image and noise that it was said about. */
  @ParameterizedTest
  @EnumSource
  void aPerfectPredictionGivesTheImageAndTheNoiseBack(Prediction p) {
    Generator g = Generator.seeded(3);
    Tensor image = g.normal(0, 1, 2, 3).to(DType.FLOAT64);
    Tensor noise = g.normal(0, 1, 2, 3).to(DType.FLOAT64);
    double a = 0.6;
    double s = 0.8;
    Tensor x = image.mul(a).add(noise, s);
    Tensor each = Tensor.full(DType.FLOAT64, a, 2, 1);
    Tensor said = p.target(image, noise, each, each.square().rsub(1).sqrt());
    assertClose("image", p.image(x, said, a, s), image, 1e-14);
    assertClose("noise", p.noise(x, said, a, s), noise, 1e-14);
  }

  /** The distribution of x_p given x_0 must be that of the schedule, whatever t it came from. */
  @Property(tries = 200)
  void aStepKeepsMeanAndVarianceOfTheSchedule(
      @ForAll @IntRange(max = 998) int p,
      @ForAll @IntRange(min = 1, max = 999) int ahead,
      @ForAll boolean implicit) {
    int t = Math.min(p + ahead, 999);
    SchedulerConfig c =
        SchedulerConfig.of(
            JSON.createObjectNode().put("clip_sample", false).put("prediction_type", "sample"));
    Scheduler s = implicit ? new Ddim(c, 0.5) : new Ddpm(c);
    Scheduler.Step step = new Scheduler.Step(t, p);
    // The mean is linear in x_0 and x_t: one of them 1 and the other 0 gives its coefficients.
    double ofImage = s.mean(step, Tensor.zeros(1), Tensor.ones(1)).item();
    double ofNoisy = s.mean(step, Tensor.ones(1), Tensor.zeros(1)).item();
    double at = s.noise().left(t);
    double before = s.noise().left(p);
    assertThat(ofImage + ofNoisy * Math.sqrt(at)).isCloseTo(Math.sqrt(before), within(2e-3));
    double variance = ofNoisy * ofNoisy * (1 - at) + Math.pow(s.deviation(step), 2);
    assertThat(variance).isCloseTo(1 - before, within(2e-3));
  }

  @Test
  void aDrawnStepHasTheNoiseOfItsDeviation() {
    Scheduler s = new Ddpm(SchedulerConfig.DEFAULTS);
    Scheduler.Step step = s.steps(10).get(2);
    Tensor x = Tensor.zeros(1, 1, 200, 200);
    Tensor drawn = s.step(step, x, x, Generator.seeded(1));
    double std = drawn.sub(s.mean(step, x, x)).square().mean().sqrt().item();
    assertThat(std / s.deviation(step)).isCloseTo(1, within(0.02));
    Scheduler.Step last = s.steps(10).get(9);
    assertSame("last step", s.step(last, x, x, Generator.seeded(1)), s.mean(last, x, x));
  }
}
