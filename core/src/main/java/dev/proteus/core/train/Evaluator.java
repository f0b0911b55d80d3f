package dev.proteus.core.train;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.ByLength;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/** Evaluates a network on a dataset without recording gradients. */
public final class Evaluator {
  private Evaluator() {}

  /** The network's own forward pass in inference mode; every layer has its mode back after. */
  public static Evaluation evaluate(Layer net, Dataset data, int batchSize) {
    return evaluate(net, net::forward, data, batchSize);
  }

  /** What a learner on this network predicts, with the network in inference mode. */
  public static Evaluation evaluate(
      Layer net, LearningRule.Learner learner, Dataset data, int batchSize) {
    return evaluate(net, learner::predict, data, batchSize);
  }

  private static Evaluation evaluate(
      Layer net, UnaryOperator<Tensor> predict, Dataset data, int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, but is " + batchSize);
    }
    Evaluation evaluation = new Evaluation(data.classes());
    Device device = device(net);
    long[] order = order(data);
    try (Layer.Mode mode = net.evaluating();
        Autograd.Mode off = Autograd.noGrad()) {
      for (int from = 0; from < order.length; from += batchSize) {
        int to = Math.min(from + batchSize, order.length);
        try (Scope step = Scope.open()) {
          Batch batch = data.get(Arrays.copyOfRange(order, from, to)).to(device);
          evaluation.add(predict.apply(batch.input()), batch.target());
        }
      }
    }
    return evaluation;
  }

  /** The sums of an evaluation do not depend on the order, so that like lengths may go together. */
  private static long[] order(Dataset data) {
    int[] lengths = data.lengths();
    return lengths == null
        ? LongStream.range(0, data.size()).toArray()
        : ByLength.longestFirst(lengths);
  }

  /** Where a network's batches must be: with its parameters. */
  static Device device(Layer net) {
    return net.parameters().values().stream()
        .findFirst()
        .map(p -> p.value().device())
        .orElse(Device.CPU);
  }
}
