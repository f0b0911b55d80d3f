package dev.proteus.lab.experiment;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.lab.run.Run;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** A small real experiment: do standardised inputs speed up a linear classifier? */
final class ScalingExperiment implements Experiment {
  private static final int STEPS = 30;
  private static final double RATE = 0.1;

  /** Where to break off, to test going on; nowhere if null. */
  String breakAt;

  int runs;

  @Override
  public String id() {
    return "input-scaling";
  }

  @Override
  public String claim() {
    return "Standardised inputs speed up gradient descent.";
  }

  @Override
  public String setting() {
    return "Softmax regression on UCI digits, 30 full-batch steps of rate 0.1.";
  }

  @Override
  public List<String> arms() {
    return List.of("raw", "standardised");
  }

  @Override
  public List<Rule> rules() {
    return List.of(Rule.higher("accuracy", "standardised", "raw", 0.02));
  }

  @Override
  public Map<String, Dataset> data() {
    return Map.of("digits", Digits.all());
  }

  @Override
  public Map<String, Double> run(String arm, long seed, Run run) {
    if ((arm + seed).equals(breakAt)) {
      throw new IllegalStateException("broken off");
    }
    runs++;
    try (Scope s = Scope.open()) {
      Batch all = Digits.all().get(LongStream.range(0, 1797).toArray());
      Tensor x = all.input().reshape(1797, 64);
      if (arm.equals("standardised")) {
        x = x.sub(x.mean()).div(x.sub(x.mean()).square().mean().sqrt());
      }
      Tensor weight = Generator.current().normal(0, 0.5, 10, 64).requiresGrad(true);
      for (int step = 0; step < STEPS; step++) {
        try (Scope inner = Scope.open()) {
          Tensor loss = F.crossEntropy(x.matmul(weight.t()), all.target());
          Tensor gradient = Autograd.grad(loss, List.of(weight)).get(0);
          try (Autograd.Mode noGrad = Autograd.noGrad()) {
            weight.sub_(gradient.mul(RATE));
          }
          run.metric(step, "loss", loss.item());
        }
      }
      Tensor right = x.matmul(weight.t()).argmax(-1).eq(all.target());
      return Map.of("accuracy", right.sum().item() / right.numel());
    }
  }
}
