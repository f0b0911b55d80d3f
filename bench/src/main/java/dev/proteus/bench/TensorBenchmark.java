package dev.proteus.bench;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;

/** What a call of the engine costs beside its work: tensors of one element. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TensorBenchmark {
  private final Tensor x = Tensor.ones(1).retain();
  private final Tensor y = Tensor.ones(1).retain();
  private final Tensor row = Tensor.ones(1, 1).retain();
  private final Linear linear = new Linear(1, 1);
  private final Holder holder = new Holder(linear);

  /** A layer with one child. */
  private static final class Holder extends Layer {
    private static final long serialVersionUID = 1L;

    private final Slot<Layer> child;

    Holder(Layer child) {
      this.child = slot("child", child);
    }
  }

  @Benchmark
  public void scope() {
    try (Scope s = Scope.open()) {
      // Opening and closing is what is measured.
    }
  }

  /** One addition in a scope of its own, with its closing. */
  @Benchmark
  public void addInScope() {
    try (Scope s = Scope.open()) {
      x.add(y);
    }
  }

  /** One addition, freed at once. */
  @Benchmark
  public void add() {
    x.add(y).close();
  }

  @Benchmark
  public Tensor addInPlace() {
    return x.add_(y);
  }

  @Benchmark
  public boolean noGrad() {
    return Autograd.noGrad(Autograd::isEnabled);
  }

  @Benchmark
  public void forward() {
    try (Scope s = Scope.open()) {
      linear.forward(row);
    }
  }

  /** The same through the slot that holds the layer. */
  @Benchmark
  public void slotCall() {
    try (Scope s = Scope.open()) {
      holder.child.call(row);
    }
  }
}
