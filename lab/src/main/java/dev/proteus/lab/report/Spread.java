package dev.proteus.lab.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;

/**
 * Some measurements of one quantity: their mean and standard deviation.
 *
 * @param std over n - 1; 0 for one value
 */
public record Spread(double mean, double std, double min, double max) {

  /**
   * The spread of measurements.
   *
   * @throws IllegalArgumentException if there are no values
   */
  public static Spread of(List<Double> values) {
    double[] v = values.stream().mapToDouble(Double::doubleValue).toArray();
    if (v.length == 0) {
      throw new IllegalArgumentException("A spread needs at least one value");
    }
    double mean = Arrays.stream(v).average().getAsDouble();
    double squares = Arrays.stream(v).map(x -> (x - mean) * (x - mean)).sum();
    return new Spread(
        mean,
        Math.sqrt(squares / Math.max(1, v.length - 1)),
        Arrays.stream(v).min().getAsDouble(),
        Arrays.stream(v).max().getAsDouble());
  }

  ObjectNode json() {
    return JsonNodeFactory.instance.objectNode().put("mean", mean).put("std", std);
  }
}
