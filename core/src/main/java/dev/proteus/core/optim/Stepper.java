package dev.proteus.core.optim;

import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Optimizers at work on the parameters of a network, in groups, with a learning rate that may
 * follow a schedule.
 *
 * <pre>{@code
 * Stepper stepper = new AdamW(1e-3, 0.01).on(net).schedule(new Schedule.Cosine(1000, 0));
 * try (Scope scope = Scope.open()) {
 *   stepper.zeroGrad();
 *   objective.loss(net.forward(x), y).backward();
 *   stepper.step();
 * }
 * }</pre>
 *
 * <p>Gradients add up until {@link #zeroGrad}: a step on k micro-batches is k backward passes of
 * loss / k (with losses that are means over micro-batches of one size), then one step.
 */
public final class Stepper {
  private final List<Group> groups;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, State> states = new LinkedHashMap<>();
  private Schedule schedule = new Schedule.Constant();
  private long steps;
  private double time;
  private double factor = 1;

  /**
   * @throws IllegalArgumentException if a parameter is in two groups
   */
  public Stepper(List<Group> groups) {
    this.groups = List.copyOf(groups);
    IdentityHashMap<Parameter, String> seen = new IdentityHashMap<>();
    for (Group g : groups) {
      g.parameters()
          .forEach(
              (path, p) -> {
                String other = seen.put(p, path);
                if (other != null || parameters.put(path, p) != null) {
                  throw new IllegalArgumentException(
                      "'"
                          + path
                          + "' is in two groups"
                          + (other == null || other.equals(path) ? "" : ", as '" + other + "'"));
                }
                states.put(path, new State());
              });
    }
  }

  public List<Group> groups() {
    return groups;
  }

  /** The parameters of all groups, by path. */
  public Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /**
   * Lets the learning rate follow a schedule from now on.
   *
   * @return this
   * @throws IllegalArgumentException if the schedule cycles momentum and a rule has none
   */
  public Stepper schedule(Schedule s) {
    groups.forEach(g -> rule(g, s, 0));
    schedule = s;
    return this;
  }

  /** Multiplies every group's learning rate from now on, on top of the schedule. */
  public void factor(double f) {
    Require.notNegative("factor", f);
    factor = f;
  }

  /** The learning rate of a group's latest step; before the first, of that. */
  public double lr(Group g) {
    return schedule.lr(g.rule().lr() * g.lrFactor(), time) * factor;
  }

  /** The group's rule with the momentum of the latest step. */
  Optimizer rule(Group g) {
    return rule(g, schedule, time);
  }

  private static Optimizer rule(Group g, Schedule schedule, double time) {
    OptionalDouble momentum = schedule.momentum(time);
    return momentum.isPresent() ? g.rule().withMomentum(momentum.getAsDouble()) : g.rule();
  }

  /** Steps done. */
  public long steps() {
    return steps;
  }

  /** {@link #step(double)} with the number of steps done as the schedule's time. */
  public void step() {
    step((double) steps);
  }

  /**
   * One step with the gradients that backward passes left; parameters without one stay as they are.
   *
   * @param now the schedule's time
   */
  public void step(double now) {
    time = now;
    steps++;
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      groups.forEach(this::step);
    }
  }

  private void step(Group g) {
    List<Tensor> xs = new ArrayList<>();
    List<Tensor> gradients = new ArrayList<>();
    List<State> ofGroup = new ArrayList<>();
    g.parameters()
        .forEach(
            (path, p) -> {
              Tensor gradient = p.grad();
              if (gradient != null) {
                State s = states.get(path);
                s.advance();
                xs.add(p.value());
                gradients.add(gradient);
                ofGroup.add(s);
              }
            });
    if (!xs.isEmpty()) {
      rule(g).updateAll(xs, gradients, ofGroup, lr(g));
    }
  }

  /** Drops the gradients of all parameters. */
  public void zeroGrad() {
    parameters.values().forEach(p -> p.value().grad(null));
  }

  /** Copies of everything that the next step depends on, for a checkpoint. */
  public Map<String, Tensor> snapshot() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    states.forEach(
        (path, s) -> {
          all.put(path + "/step", Tensor.of(new long[] {s.step()}, 1).retain());
          s.tensors().forEach((n, t) -> all.put(path + "/" + n, t.copy().retain()));
        });
    all.put("/steps", Tensor.of(new long[] {steps}, 1).retain());
    all.put("/clock", Tensor.of(new double[] {time, factor}, 2).retain());
    return all;
  }

  /**
   * Puts a snapshot back; the next step is bit for bit the one that would have followed it.
   *
   * @throws IllegalArgumentException for a parameter that this stepper does not have, and for one
   *     that the snapshot lacks; nothing is changed then
   */
  public void restore(Map<String, Tensor> snapshot) {
    Set<String> paths = new LinkedHashSet<>();
    snapshot.keySet().forEach(key -> paths.add(key.substring(0, key.lastIndexOf('/'))));
    paths.remove("");
    if (!paths.equals(states.keySet())) {
      Set<String> unknown = new LinkedHashSet<>(paths);
      unknown.removeAll(states.keySet());
      Set<String> missing = new LinkedHashSet<>(states.keySet());
      missing.removeAll(paths);
      throw new IllegalArgumentException(
          "the snapshot is of another optimizer: it has the parameters "
              + unknown
              + " more, and "
              + missing
              + " less");
    }
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      states.values().forEach(s -> s.tensors().clear());
      snapshot.forEach(this::restore);
    }
  }

  private void restore(String key, Tensor t) {
    int slash = key.lastIndexOf('/');
    String path = key.substring(0, slash);
    String name = key.substring(slash + 1);
    if (key.equals("/steps")) {
      steps = t.itemLong();
    } else if (key.equals("/clock")) {
      time = t.get(0).item();
      factor = t.get(1).item();
    } else if (name.equals("step")) {
      states.get(path).step(t.itemLong());
    } else {
      states.get(path).put(name, laidOutLike(parameters.get(path).value(), t));
    }
  }

  /** A copy with the strides of its parameter: files keep values only, and kernels look at both. */
  private static Tensor laidOutLike(Tensor x, Tensor t) {
    return Arrays.equals(x.shape(), t.shape()) ? x.to(t.dtype()).zerosLike().copy_(t) : t.copy();
  }
}
