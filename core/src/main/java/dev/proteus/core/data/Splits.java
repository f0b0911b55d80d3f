package dev.proteus.core.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * Data in two parts: to learn from, and to judge by.
 *
 * @param train what is learned from; null where there is none
 * @param test what is held out; null where there is none
 */
public record Splits(Dataset train, Dataset test) {
  /**
   * Holds a share of each class out of a dataset: a validation set, so that choices are never made
   * on the test set. Within a part the samples keep their order.
   *
   * @param share of each class, above 0 and below 1, rounded to whole samples
   * @param seed the same seed draws the same samples
   */
  public static Splits holdOut(Dataset data, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("share must be above 0 and below 1, but is " + share);
    }
    if (data.classes() == 0) {
      throw new IllegalArgumentException("a stratified split needs classes");
    }
    long[] labels = data.targets().toLongs();
    TreeMap<Long, List<Integer>> ofClass = new TreeMap<>();
    for (int i = 0; i < labels.length; i++) {
      ofClass.computeIfAbsent(labels[i], k -> new ArrayList<>()).add(i);
    }
    Random random = new Random(seed);
    boolean[] held = new boolean[labels.length];
    for (List<Integer> samples : ofClass.values()) {
      Collections.shuffle(samples, random);
      samples.subList(0, (int) Math.round(share * samples.size())).forEach(i -> held[i] = true);
    }
    return new Splits(data.subset(where(held, false)), data.subset(where(held, true)));
  }

  private static long[] where(boolean[] flags, boolean value) {
    long[] indices = new long[flags.length];
    int n = 0;
    for (int i = 0; i < flags.length; i++) {
      if (flags[i] == value) {
        indices[n++] = i;
      }
    }
    return Arrays.copyOf(indices, n);
  }
}
