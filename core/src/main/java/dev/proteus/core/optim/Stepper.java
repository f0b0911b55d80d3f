package dev.proteus.core.optim;

import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Optimizers at work on the parameters of a network, in groups. */
public final class Stepper {
  private final List<Group> groups;
  private final Map<String, State> states = new LinkedHashMap<>();
  private double factor = 1;

  /**
   * @throws IllegalArgumentException if a parameter is in two groups
   */
  public Stepper(List<Group> groups) {
    this.groups = List.copyOf(groups);
    Map<Parameter, String> seen = new IdentityHashMap<>();
    for (Group g : groups) {
      g.parameters()
          .forEach(
              (path, p) -> {
                if (seen.put(p, path) != null || states.put(path, new State()) != null) {
                  throw new IllegalArgumentException("'" + path + "' is in two groups");
                }
              });
    }
  }

  public List<Group> groups() {
    return groups;
  }

  /** Learning rate of a group at this moment. */
  public double lr(Group g) {
    return g.rule().lr() * g.lrFactor() * factor;
  }

  /** Multiplies every group's learning rate from now on: what a schedule says. */
  public void factor(double f) {
    factor = f;
  }

  /** One step with the gradients that backward passes left; parameters without one stay. */
  public void step() {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      for (Group g : groups) {
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
          g.rule().updateAll(xs, gradients, ofGroup, lr(g));
        }
      }
    }
  }

  /** Drops the gradients of all parameters. */
  public void zeroGrad() {
    groups.forEach(g -> g.parameters().values().forEach(p -> p.value().grad(null)));
  }

  /** Copies of everything that the next step depends on, for a checkpoint. */
  public Map<String, Tensor> snapshot() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    states.forEach(
        (path, s) -> {
          all.put(path + "/step", Tensor.of(new long[] {s.step()}, 1).retain());
          s.tensors().forEach((n, t) -> all.put(path + "/" + n, t.copy().retain()));
        });
    all.put("/factor", Tensor.of(new double[] {factor}, 1).retain());
    return all;
  }

  /**
   * @throws IllegalArgumentException for a parameter that this stepper does not have
   */
  public void restore(Map<String, Tensor> snapshot) {
    states.values().forEach(s -> s.tensors().clear());
    snapshot.forEach(
        (key, t) -> {
          int slash = key.lastIndexOf('/');
          String path = key.substring(0, slash);
          String name = key.substring(slash + 1);
          if (key.equals("/factor")) {
            factor = t.item();
            return;
          }
          State s = states.get(path);
          if (s == null) {
            throw new IllegalArgumentException("the optimizer has no parameter '" + path + "'");
          }
          if (name.equals("step")) {
            s.step(t.itemLong());
          } else {
            s.put(name, t.copy());
          }
        });
  }
}
