package dev.proteus.lab.experiment;

import dev.proteus.core.method.CodeHash;
import dev.proteus.core.tensor.Generator;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Provenance;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunRecord;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Runs all arms of an experiment on all seeds. Each is a run of the store; what finished before an
 * interruption, with the same code and data, is taken from there.
 */
public final class ExperimentRunner {
  private final RunStore store;
  private final String code;
  private final Consumer<String> progress;

  /**
   * @param code of the method, from {@link CodeHash}
   * @param progress takes a line a run
   */
  public ExperimentRunner(RunStore store, String code, Consumer<String> progress) {
    this.store = store;
    this.code = code;
    this.progress = progress;
  }

  /**
   * Runs what is missing and judges.
   *
   * @throws IllegalArgumentException if the experiment has too few seeds or arms
   * @throws IllegalStateException if an arm's metrics are not finite, or not those of the others
   */
  public Results run(Experiment e) {
    check(e);
    Map<String, String> data = new TreeMap<>();
    e.data().forEach((name, dataset) -> data.put(name, Checksum.of(dataset)));
    Map<String, Map<String, List<Double>>> arms = new LinkedHashMap<>();
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    e.arms().forEach(arm -> arms.put(arm, new TreeMap<>()));
    for (long seed : e.seeds()) {
      for (String arm : e.arms()) {
        RunRecord done = finished(e, arm, seed, data);
        done.summary()
            .forEach(
                (metric, value) ->
                    arms.get(arm).computeIfAbsent(metric, m -> new ArrayList<>()).add(value));
        Duration time = Duration.between(done.started(), done.finished());
        seconds.computeIfAbsent(arm, a -> new ArrayList<>()).add(time.toMillis() / 1000.0);
      }
    }
    return new Results(
        e.id(),
        e.claim(),
        e.setting(),
        code,
        Results.judge(e.rules(), arms),
        e.rules(),
        e.seeds(),
        arms,
        seconds,
        Provenance.machine(),
        Provenance.versions(),
        data,
        LocalDate.now(ZoneOffset.UTC).toString());
  }

  private RunRecord finished(Experiment e, String arm, long seed, Map<String, String> data) {
    String command = "experiment " + e.id();
    Map<String, Object> config =
        Map.of("arm", arm, "code", code, "program", program(e), "data", data);
    String label = "%s, seed %d, %s".formatted(e.id(), seed, arm);
    Optional<RunRecord> before = store.finished(command, config, seed);
    if (before.isPresent()) {
      progress.accept(label + ": from run " + before.get().id());
      return before.get();
    }
    try (Run run = store.start(command, config, seed, data);
        Generator.Use use = Generator.seeded(seed).use()) {
      Map<String, Double> metrics;
      try {
        metrics = e.run(arm, seed, run);
        checkMetrics(e, label, metrics);
      } catch (RuntimeException failure) {
        run.fail(failure.toString());
        throw failure;
      }
      run.finish(metrics);
      progress.accept(label + ": " + new TreeMap<>(metrics));
      return store.run(run.id());
    }
  }

  private static void check(Experiment e) {
    if (new HashSet<>(e.seeds()).size() < 3 || new HashSet<>(e.seeds()).size() < e.seeds().size()) {
      throw new IllegalArgumentException(
          "Experiment " + e.id() + " needs three different seeds or more, but has " + e.seeds());
    }
    for (Rule rule : e.rules()) {
      String baseline = rule.baseline() == null ? rule.arm() : rule.baseline();
      if (!e.arms().containsAll(List.of(rule.arm(), baseline))) {
        throw new IllegalArgumentException(
            "Experiment %s has the arms %s, but a rule compares %s with %s"
                .formatted(e.id(), e.arms(), rule.arm(), baseline));
      }
    }
  }

  private static void checkMetrics(Experiment e, String label, Map<String, Double> metrics) {
    metrics.forEach(
        (metric, value) -> {
          if (!Double.isFinite(value)) {
            throw new IllegalStateException(label + ": " + metric + " is " + value);
          }
        });
    for (Rule rule : e.rules()) {
      if (!metrics.containsKey(rule.metric())) {
        throw new IllegalStateException(
            "%s: a rule needs the metric %s, but it returned %s"
                .formatted(label, rule.metric(), metrics.keySet()));
      }
    }
  }

  /** A fingerprint of the experiment's own class files: a changed experiment starts anew. */
  private static String program(Experiment e) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Class<?>[] classes = e.getClass().getNestHost().getNestMembers();
      Arrays.sort(classes, Comparator.comparing(Class::getName));
      for (Class<?> c : classes) {
        String file = "/" + c.getName().replace('.', '/') + ".class";
        try (InputStream in = c.getResourceAsStream(file)) {
          digest.update(in.readAllBytes());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    } catch (IOException failure) {
      throw new UncheckedIOException("Cannot read the class of " + e.id(), failure);
    }
  }
}
