package dev.proteus.core.data;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** The order of {@link Order#dirichlet(double, int)}. */
record Dirichlet(double delta, int slots) implements Order {
  @Override
  public int[] of(int n, long[] labels, Random random) {
    if (labels == null) {
      throw new IllegalArgumentException("an order by labels needs data with classes");
    }
    int classes = 1 + (int) Arrays.stream(labels).max().orElse(0);
    int slotCount = slots > 0 ? slots : Math.min(classes, MOST_SLOTS);
    int[][] ofClass = new int[classes][];
    int[][] cut = new int[classes][]; // where in a class each slot begins
    for (int c = 0; c < classes; c++) {
      int wanted = c;
      ofClass[c] = IntStream.range(0, n).filter(i -> labels[i] == wanted).toArray();
      Order.shuffle(ofClass[c], random);
      cut[c] = cut(proportions(delta, slotCount, random), ofClass[c].length);
    }
    int[] order = new int[n];
    int filled = 0;
    int[] turn = new int[classes];
    Arrays.setAll(turn, c -> c);
    for (int t = 0; t < slotCount; t++) {
      Order.shuffle(turn, random);
      for (int c : turn) {
        int count = cut[c][t + 1] - cut[c][t];
        System.arraycopy(ofClass[c], cut[c][t], order, filled, count);
        filled += count;
      }
    }
    return order;
  }

  private static int[] cut(double[] proportions, int n) {
    int[] cut = new int[proportions.length + 1];
    double sum = 0;
    for (int t = 1; t < proportions.length; t++) {
      sum += proportions[t - 1];
      cut[t] = Math.min(n, (int) (sum * n));
    }
    cut[proportions.length] = n;
    return cut;
  }

  /** A draw from the symmetric Dirichlet distribution; in logarithms, for the smallest delta. */
  static double[] proportions(double delta, int n, Random random) {
    double[] log = new double[n];
    Arrays.setAll(log, i -> logGamma(delta, random));
    double most = Arrays.stream(log).max().orElse(0);
    double[] p = Arrays.stream(log).map(l -> Math.exp(l - most)).toArray();
    double sum = Arrays.stream(p).sum();
    return Arrays.stream(p).map(v -> v / sum).toArray();
  }

  /**
   * The logarithm of a Gamma(shape, 1) draw, by Marsaglia and Tsang (2000); below 1 by G(a) =
   * G(a+1) U^(1/a).
   */
  private static double logGamma(double shape, Random random) {
    if (shape < 1) {
      return logGamma(shape + 1, random) + Math.log(1 - random.nextDouble()) / shape;
    }
    double d = shape - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double v = Math.pow(1 + c * x, 3);
      if (v > 0 && Math.log(1 - random.nextDouble()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        return Math.log(d * v);
      }
    }
  }
}
