package dev.proteus.models.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How noise turns into images, step by step: a step's result is normally distributed around a mean
 * that the network's output decides.
 */
public abstract class Scheduler {
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final String FILE = "scheduler_config.json";

  private final SchedulerConfig config;
  private final NoiseSchedule noise;

  Scheduler(SchedulerConfig config) {
    this.config = config;
    this.noise = config.noise();
  }

  /**
   * A step of sampling.
   *
   * @param t the time step of the images it is given
   * @param previous that of its result; negative for images without noise
   */
  public record Step(int t, int previous) {}

  /**
   * Reads {@code scheduler_config.json} in a folder.
   *
   * @throws IOException if the file is missing, or is of another scheduler or setting than those
   *     that are here
   */
  public static Scheduler read(Path folder) throws IOException {
    JsonNode json = JSON.readTree(folder.resolve(FILE).toFile());
    String name = json.path("_class_name").asText();
    try {
      return switch (name) {
        case Ddpm.NAME -> new Ddpm(SchedulerConfig.of(json));
        case Ddim.NAME -> new Ddim(SchedulerConfig.of(json), 0);
        default ->
            throw new IllegalArgumentException(
                ("_class_name is %s, but only %s and %s are implemented;"
                        + " SchedulerConfig.of reads these settings for one of them")
                    .formatted(name, Ddpm.NAME, Ddim.NAME));
      };
    } catch (IllegalArgumentException e) {
      throw new IOException(folder.resolve(FILE) + ": " + e.getMessage(), e);
    }
  }

  /** Writes {@code scheduler_config.json} into a folder. */
  public final void write(Path folder) throws IOException {
    ObjectNode json = JSON.createObjectNode().put("_class_name", name());
    json.setAll((ObjectNode) JSON.valueToTree(config));
    json.remove(foreignKey());
    AtomicFile.write(
        folder.resolve(FILE), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json));
  }

  /** What diffusers calls this scheduler. */
  abstract String name();

  /** The key of the other scheduler's settings. */
  abstract String foreignKey();

  public final SchedulerConfig config() {
    return config;
  }

  public final NoiseSchedule noise() {
    return noise;
  }

  /**
   * The steps of a sampling, in order.
   *
   * @param n how many, at most those of training
   */
  public final List<Step> steps(int n) {
    if (n < 1 || n > noise.steps()) {
      throw new IllegalArgumentException(
          "1 to %d steps, as many as in training, but got %d".formatted(noise.steps(), n));
    }
    int[] t = config.timestepSpacing().timesteps(noise.steps(), n, config.stepsOffset());
    if (t[0] >= noise.steps()) {
      throw new IllegalArgumentException(
          "steps_offset %d leads to step %d of %d; take fewer steps"
              .formatted(config.stepsOffset(), t[0], noise.steps()));
    }
    return IntStream.range(0, n).mapToObj(i -> new Step(t[i], previous(t, i))).toList();
  }

  /** The time step that step {@code i} leads to. */
  abstract int previous(int[] timesteps, int i);

  /** Mean of a step's result for images x and the network's output about them, [N, C, H, W]. */
  public abstract Tensor mean(Step step, Tensor x, Tensor output);

  /** Standard deviation of a step's result. */
  public abstract double deviation(Step step);

  /** A step's result, drawn from {@code g}. */
  public final Tensor step(Step step, Tensor x, Tensor output, Generator g) {
    Tensor mean = mean(step, x, output);
    double deviation = deviation(step);
    return deviation == 0 ? mean : mean.add(g.normal(0, 1, x.shape()).toLike(x), deviation);
  }

  /** The image that the network's output means. */
  final Tensor image(int t, Tensor x, Tensor output) {
    float left = noise.left(t);
    Tensor image = config.predictionType().image(x, output, sqrt(left), sqrt(1 - left));
    double range = config.clipSampleRange();
    return config.clipSample() ? image.clamp(-range, range) : image;
  }

  /** A root in float32, as diffusers takes it. */
  static float sqrt(float x) {
    return (float) Math.sqrt(x);
  }
}
