package dev.proteus.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.lab.run.Provenance;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Times one workload in this process and prints a line of JSON, or stores its values for the other
 * side. {@code pytorch/workloads.py} is the same in PyTorch.
 */
@Command(name = "workload", mixinStandardHelpOptions = true)
final class Workload implements Callable<Integer> {
  /** The step whose result is stored and compared: later ones depend on what the first changed. */
  private static final int COMPARED = 3;

  /**
   * Steps after which a workload starts afresh, between two measurements: a loss that training has
   * driven to zero makes denormal numbers, with which a processor computes slowly.
   */
  private static final int FRESH = 200;

  @Parameters(
      paramLabel = "NAME",
      converter = Named.class,
      description =
          "cnn-train, bn-adapt, bn-adapt-core, bn-inference, resnet50-infer, vit-tiny-infer,"
              + " gpt2-decode, lora-train or op-add")
  private Computation.Name name;

  @Option(names = "--threads", defaultValue = "1", description = "threads of one operator")
  private int threads;

  @Option(names = "--seconds", defaultValue = "3", description = "how long; half of it warms up")
  private double seconds;

  @Option(
      names = "--store",
      paramLabel = "FILE",
      description = "write the first values and the result of step 3 here, and time nothing")
  private Path store;

  /** Reads a workload's name as it is written. */
  static final class Named implements CommandLine.ITypeConverter<Computation.Name> {
    @Override
    public Computation.Name convert(String text) {
      return Arrays.stream(Computation.Name.values())
          .filter(n -> n.toString().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new CommandLine.TypeConversionException(
                      "no workload '"
                          + text
                          + "'; known: "
                          + Arrays.toString(Computation.Name.values())));
    }
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new Workload()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Engine.threads(threads);
    if (store == null) {
      System.out.println(new ObjectMapper().writeValueAsString(measure()));
    } else {
      store();
    }
    return 0;
  }

  private void store() throws IOException {
    try (Scope scope = Scope.open()) {
      Computation c = name.start();
      Map<String, Tensor> values = new LinkedHashMap<>();
      c.start().forEach((key, t) -> values.put(key, t.copy()));
      Tensor result = null;
      for (int i = 0; i < COMPARED; i++) {
        result = c.step().run();
      }
      values.put("result", result);
      Safetensors.write(store, values, Map.of("workload", name.toString()));
    }
  }

  private Map<String, Object> measure() throws IOException {
    times(seconds / 2);
    long cpu = cpuNanos();
    double[] ms = times(seconds / 2);
    double cpuMs = (cpuNanos() - cpu) / 1e6 / ms.length;
    Arrays.sort(ms);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("workload", name.toString());
    line.put("side", "proteus");
    line.put("threads", threads);
    line.put("steps", ms.length);
    line.put("ms", quantile(ms, 0.5));
    line.put("lower", quantile(ms, 0.25));
    line.put("upper", quantile(ms, 0.75));
    line.put("cpuMs", cpuMs);
    line.put("peakMb", peakMb());
    line.put("versions", Provenance.versions());
    return line;
  }

  /** Milliseconds of each step, for this long; at least one. */
  private double[] times(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    double[] ms = new double[0];
    int steps = 0;
    do {
      try (Scope fresh = Scope.open()) {
        Computation c = name.start();
        for (int i = 0; i < FRESH && (steps == 0 || System.nanoTime() < end); i++) {
          if (steps == ms.length) {
            ms = Arrays.copyOf(ms, Math.max(FRESH, 2 * steps));
          }
          long t = System.nanoTime();
          try (Scope step = Scope.open()) {
            c.step().run();
          }
          ms[steps++] = (System.nanoTime() - t) / 1e6;
        }
      }
    } while (System.nanoTime() < end);
    return Arrays.copyOf(ms, steps);
  }

  /** Processor time of the whole process, the virtual machine's own threads included. */
  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static double quantile(double[] sorted, double q) {
    double at = q * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  /** The highest resident memory of this process, as Linux counts it; null elsewhere. */
  private static Double peakMb() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return null;
    }
    return Files.readAllLines(status).stream()
        .filter(l -> l.startsWith("VmHWM:"))
        .map(l -> Double.parseDouble(l.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(null);
  }
}
