package dev.proteus.lab.experiment;

import dev.proteus.core.data.Dataset;
import dev.proteus.lab.run.Run;
import java.util.List;
import java.util.Map;

/**
 * A method against a baseline: the same data, budget and seeds, and rules that say in advance what
 * counts as success. It has a constructor without arguments and no state of its own.
 */
public interface Experiment {
  /** The method's id in the catalogue. */
  String id();

  /** What the paper claims, in a sentence. */
  String claim();

  /** What is measured on what: network, data and budget, in a sentence. */
  String setting();

  /** At least three. */
  default List<Long> seeds() {
    return List.of(1L, 2L, 3L);
  }

  /** What is compared, the baseline first. */
  List<String> arms();

  /** All must hold; the first is the claim's main one. */
  List<Rule> rules();

  /** The data by name; their checksums are stored with the results. */
  Map<String, Dataset> data();

  /**
   * Runs one arm. The current generator is seeded with the seed, so that all arms start alike.
   *
   * @param run takes the numbers of each step; their final ones are returned
   * @return the same metrics for each arm, all finite
   */
  Map<String, Double> run(String arm, long seed, Run run);
}
