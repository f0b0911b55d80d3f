package dev.proteus.core.optim;

import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What an optimizer remembers of one parameter: named tensors and the step count. */
public final class State {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private long step;

  /** The number of this step; 1 at the first. */
  public long step() {
    return step;
  }

  void advance() {
    step++;
  }

  void step(long n) {
    step = n;
  }

  /** True if an earlier step has left a tensor of this name. */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  /** The tensor of this name; at the first call the one that {@code start} makes. */
  public Tensor get(String name, Supplier<Tensor> start) {
    return tensors.computeIfAbsent(name, k -> start.get().retain());
  }

  void put(String name, Tensor t) {
    tensors.put(name, t.retain());
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }
}
