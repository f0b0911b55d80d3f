package dev.proteus.lab.experiments;

import dev.proteus.lab.experiment.Experiment;
import java.util.List;

/** All experiments; a new one is added here. */
public final class Experiments {
  private static final List<Experiment> ALL =
      List.of(
          new AlphaBnCoreExperiment(),
          new DannExperiment(),
          new LambExperiment(),
          new LayerRotationExperiment(),
          new LinesExperiment(),
          new LoraPlusExperiment(),
          new MonoForwardExperiment(),
          new Res2NetExperiment(),
          new RmsNormExperiment(),
          new XnorNetExperiment());

  private Experiments() {}

  /** In order of their ids. */
  public static List<Experiment> all() {
    return ALL;
  }

  /**
   * The experiment of a method.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static Experiment of(String id) {
    return ALL.stream()
        .filter(e -> e.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "No experiment of '%s'; there are %s"
                        .formatted(id, ALL.stream().map(Experiment::id).toList())));
  }
}
