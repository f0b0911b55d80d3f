package dev.proteus.bench;

import dev.proteus.core.data.corrupt.Corruption;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Images a second that each corruption makes, at severity 5, of one channel and 28x28 pixels. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class CorruptionBenchmark {
  private static final int IMAGES = 200;

  @Param({
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "defocus_blur",
    "glass_blur",
    "motion_blur",
    "zoom_blur",
    "snow",
    "frost",
    "fog",
    "brightness",
    "contrast",
    "elastic_transform",
    "pixelate",
    "jpeg_compression"
  })
  private String corruption;

  private Corruption kernel;
  private Generator generator;
  private Tensor images;

  @Setup
  public void start() {
    kernel = Corruptions.named(corruption);
    generator = Generator.seeded(0);
    images = generator.uniform(0, 1, IMAGES, 1, 28, 28).retain();
  }

  @Benchmark
  @OperationsPerInvocation(IMAGES)
  public void apply() {
    try (Scope s = Scope.open()) {
      kernel.apply(images, 5, generator);
    }
  }
}
