package dev.proteus.core.train;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What every online adapter owes, once: the network runs in evaluation mode with only the adapted
 * parameters trainable; reset, snapshot and restore cover all state of the network, of the
 * optimizers and what was remembered; closing gives the network back as it came.
 */
public abstract class OnlineSession implements OnlineAdapter.Session {
  private static final String NET = "net/";
  private static final String OPTIMIZER = "optimizer/";
  private static final String MEMORY = "memory/";

  private final Layer net;
  private final Edit edit;
  private final Map<String, Parameter> adapted;
  private final List<Stepper> steppers = new ArrayList<>();
  private final List<Map<String, Tensor>> fresh = new ArrayList<>();
  private final Layer.Mode evaluating;
  private final IdentityHashMap<Parameter, Boolean> trainableBefore = new IdentityHashMap<>();
  private final Map<String, Tensor> source;
  private final Map<String, Tensor> memory = new LinkedHashMap<>();

  /**
   * @param edit the surgery already done on {@code net}, undone at the end
   * @param adapted the parameters that adaptation trains, by path; all others are frozen
   */
  protected OnlineSession(Layer net, Edit edit, Map<String, Parameter> adapted) {
    this.net = net;
    this.edit = edit;
    this.adapted = adapted;
    net.parameters().values().forEach(p -> trainableBefore.put(p, p.isTrainable()));
    evaluating = net.evaluating();
    net.trainable(false);
    adapted.values().forEach(p -> p.trainable(true));
    source = net.snapshot();
  }

  protected final Layer net() {
    return net;
  }

  /** Starts an optimizer on the adapted parameters; reset and snapshot include its state. */
  protected final Stepper adapt(Optimizer optimizer) {
    Stepper s = optimizer.on(adapted);
    steppers.add(s);
    fresh.add(s.snapshot());
    return s;
  }

  /** The values of parameters and buffers at the start, by path. */
  protected final Map<String, Tensor> source() {
    return source;
  }

  /** Keeps a tensor from batch to batch in place of the one of this name; it is detached. */
  protected final void remember(String name, Tensor t) {
    Tensor before = memory.put(name, t.detach().copy().retain());
    if (before != null) {
      before.close();
    }
  }

  /** What was last remembered under a name; null at first and after a reset. */
  protected final Tensor recall(String name) {
    return memory.get(name);
  }

  private void forget() {
    memory.values().forEach(Tensor::close);
    memory.clear();
  }

  /** Adapts to a batch and returns its logits; runs in a scope of its own. */
  protected abstract Tensor step(Tensor x);

  @Override
  public final Tensor predict(Tensor x) {
    try (Scope scope = Scope.open()) {
      return scope.keep(step(x).detach());
    }
  }

  @Override
  public final Map<String, Tensor> snapshot() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    net.snapshot().forEach((path, t) -> all.put(NET + path, t));
    for (int i = 0; i < steppers.size(); i++) {
      String prefix = OPTIMIZER + i + "/";
      steppers.get(i).snapshot().forEach((k, t) -> all.put(prefix + k, t));
    }
    memory.forEach((name, t) -> all.put(MEMORY + name, t.copy().retain()));
    return all;
  }

  @Override
  public final void restore(Map<String, Tensor> snapshot) {
    net.load(part(snapshot, NET));
    for (int i = 0; i < steppers.size(); i++) {
      steppers.get(i).restore(part(snapshot, OPTIMIZER + i + "/"));
    }
    forget();
    part(snapshot, MEMORY).forEach(this::remember);
  }

  private static Map<String, Tensor> part(Map<String, Tensor> all, String prefix) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    all.forEach(
        (key, t) -> {
          if (key.startsWith(prefix)) {
            part.put(key.substring(prefix.length()), t);
          }
        });
    return part;
  }

  @Override
  public void reset() {
    net.load(source);
    for (int i = 0; i < steppers.size(); i++) {
      steppers.get(i).restore(fresh.get(i));
    }
    forget();
  }

  @Override
  public void close() {
    reset();
    net.zeroGrad();
    edit.undo();
    evaluating.close();
    trainableBefore.forEach(Parameter::trainable);
  }
}
