package dev.proteus.lab.experiments;

import dev.proteus.core.method.ClassPath;
import dev.proteus.lab.experiment.Experiment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All experiments: the classes of this package whose names end with Experiment. */
public final class Experiments {
  private static final String FOLDER = "dev/proteus/lab/experiments";
  private static final List<Experiment> ALL = find();

  private Experiments() {}

  private static List<Experiment> find() {
    List<Experiment> found = new ArrayList<>();
    ClassPath.visit(
        Experiments.class.getClassLoader(),
        FOLDER,
        name -> name.endsWith("Experiment.class"),
        (name, content) -> found.add(make(name)));
    found.sort(Comparator.comparing(Experiment::id));
    return List.copyOf(found);
  }

  private static Experiment make(String resource) {
    String name = resource.substring(0, resource.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name)
          .asSubclass(Experiment.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new IllegalStateException(
          name + " must be an Experiment with a constructor without arguments", e);
    }
  }

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
