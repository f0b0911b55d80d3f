package dev.proteus.core.data;

import java.util.Arrays;
import java.util.Random;

/** In which order a stream shows the samples of a domain. */
@FunctionalInterface
public interface Order {
  /** RoTTA's upper limit on time slots. */
  int MOST_SLOTS = 100;

  /**
   * A permutation of 0 .. n-1.
   *
   * @param labels the class of each sample; null where the data have none
   */
  int[] of(int n, long[] labels, Random random);

  /** Independent of the labels: every permutation is equally likely. */
  static Order iid() {
    return (n, labels, random) -> {
      int[] order = new int[n];
      Arrays.setAll(order, i -> i);
      shuffle(order, random);
      return order;
    };
  }

  /** {@link #dirichlet(double, int)} with a slot a class, at most 100. */
  static Order dirichlet(double delta) {
    return dirichlet(delta, 0);
  }

  /**
   * Temporally correlated labels. Time is cut into T slots; the samples of class c are dealt to the
   * slots in the proportions p_c; within a slot, classes follow each other in a random order.
   *
   * <pre>  p_c ~ Dirichlet(delta, .., delta)   (T times), independently for each class c
   *   slot t has the samples floor(n_c P_c(t-1)) .. floor(n_c P_c(t)) - 1 of class c, shuffled before,
   *   P_c(t) = p_c1 + .. + p_ct  </pre>
   *
   * A small delta puts nearly all of a class into one slot; with a large one every slot has equal
   * parts of all classes, still in runs of one class. With as many slots as a class has samples,
   * runs are then short and the stream is close to i.i.d.
   *
   * @param delta concentration, above 0; 0.1 in most published comparisons
   * @param slots T, or 0 for one a class
   * @see <a href="https://arxiv.org/abs/2303.13899">Robust Test-Time Adaptation in Dynamic
   *     Scenarios (RoTTA)</a>
   * @see <a href="https://arxiv.org/abs/2208.05117">NOTE: Robust Continual Test-time Adaptation
   *     Against Temporal Correlation</a>
   */
  static Order dirichlet(double delta, int slots) {
    if (!(delta > 0) || slots < 0) {
      throw new IllegalArgumentException(
          "delta must be above 0 and slots at least 0, but are " + delta + " and " + slots);
    }
    return new Dirichlet(delta, slots);
  }

  /** Fisher and Yates. */
  static void shuffle(int[] a, Random random) {
    for (int i = a.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int t = a[i];
      a[i] = a[j];
      a[j] = t;
    }
  }
}
