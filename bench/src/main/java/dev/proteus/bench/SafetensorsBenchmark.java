package dev.proteus.bench;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.io.SafetensorsHeader;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Opening a file of 200 tensors of 50,000 elements (40 MB), whose data is not touched. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SafetensorsBenchmark {
  private static final int TENSORS = 200;
  private static final long ELEMENTS = 50_000;

  private Path file;

  @Setup
  public void write() throws IOException {
    file = Files.createTempFile("proteus", ".safetensors");
    try (Scope s = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < TENSORS; i++) {
        tensors.put("layer." + i + ".weight", Tensor.full(i, ELEMENTS));
      }
      Safetensors.write(file, tensors, Map.of());
    }
  }

  @TearDown
  public void delete() throws IOException {
    Files.delete(file);
  }

  @Benchmark
  public SafetensorsHeader header() throws IOException {
    return Safetensors.header(file);
  }

  @Benchmark
  public void read() throws IOException {
    Safetensors.read(file).tensors().values().forEach(Tensor::close);
  }
}
