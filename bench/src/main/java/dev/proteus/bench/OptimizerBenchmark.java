package dev.proteus.bench;

import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A step of AdamW, without the gradients: few large parameters, or many small ones. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class OptimizerBenchmark {
  /** How many parameters of how many elements. */
  @Param({"200x50000", "2000x1000"})
  private String parameters;

  private Stepper stepper;

  @Setup
  public void start() {
    String[] counts = parameters.split("x", -1);
    Map<String, Parameter> all = new LinkedHashMap<>();
    for (int i = 0; i < Integer.parseInt(counts[0]); i++) {
      Tensor values = Tensor.full(0.1, Long.parseLong(counts[1]));
      Parameter p = new Parameter(values);
      p.value().grad(Tensor.full(0.01, values.numel()));
      all.put("p" + i, p);
    }
    stepper = new AdamW(1e-3, 0.01).on(all);
  }

  @Benchmark
  public void adamW() {
    stepper.step();
  }
}
