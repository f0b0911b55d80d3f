package dev.proteus.cli;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Domain;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.method.Probe;
import dev.proteus.core.method.Probe.Need;
import dev.proteus.lab.jobs.ProbeJob;
import dev.proteus.models.Model;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of probes, and the reading of those that are asked for. */
final class ProbeOptions {
  private static final int BATCH = 128;

  @Option(
      names = "--probe",
      arity = "1..*",
      paramLabel = "ID [key=value]",
      description = "What to measure instead, a probe with its parameters; may be repeated.")
  private List<String> probes = List.of();

  @Option(
      names = "--since",
      paramLabel = "MODEL",
      description = "The same network earlier, for a probe of what has changed.")
  private String since;

  @Option(
      names = "--target",
      paramLabel = "DATA",
      description = "A second domain, for a probe that compares it with --data.")
  private String target;

  @Option(
      names = "--target-corruption",
      paramLabel = "NAME",
      description = "The second domain is --data under a corruption, such as fog.")
  private String corruption;

  @Option(
      names = "--severity",
      defaultValue = "5",
      description = "Of the corruption, from 1 to 5 (default: ${DEFAULT-VALUE}).")
  private int severity;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "1000",
      description = "At most so many of each domain (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Mixin private DataOptions source;

  /**
   * The probes by the words that ask for them, empty if none is asked for; looks at all options, so
   * that what is wrong is refused before any work.
   *
   * @throws IllegalArgumentException also where a probe needs an option that is not given, or an
   *     option is given that none needs
   */
  Map<String, Probe> asked() {
    Map<String, Probe> asked = MethodWords.build(Probe.class, probes);
    job(0);
    domain();
    if (target != null && corruption != null) {
      throw new IllegalArgumentException("--target and --target-corruption exclude each other");
    }
    boolean second = target != null || corruption != null;
    agree(asked, Need.EARLIER_WEIGHTS, "--since", since != null);
    agree(asked, Need.TARGET, "--target or --target-corruption", second);
    return asked;
  }

  private static void agree(Map<String, Probe> asked, Need need, String option, boolean given) {
    List<String> needing =
        asked.keySet().stream().filter(p -> asked.get(p).needs().contains(need)).toList();
    if (!given && !needing.isEmpty()) {
      throw new IllegalArgumentException(
          needing.get(0) + " needs " + option + ", which is not given");
    }
    if (given && needing.isEmpty()) {
      throw new IllegalArgumentException(option + " is for a --probe that needs it; there is none");
    }
  }

  private ProbeJob job(long seed) {
    return new ProbeJob(samples, BATCH, seed);
  }

  private Domain domain() {
    return corruption == null ? null : new Domain(Corruptions.named(corruption), severity);
  }

  /** What the probes say of a model, in their order. */
  Map<String, Map<String, Double>> read(
      Map<String, Probe> asked, Model model, ModelNames models, long seed, Output output)
      throws IOException {
    boolean passes = asked.values().stream().anyMatch(p -> p.needs().contains(Need.DATA));
    Dataset data = passes ? source.test(output) : null;
    ProbeJob.Shown shown =
        new ProbeJob.Shown(
            since == null ? null : models.open(since, seed, output),
            data,
            second(data, seed, output));
    Map<String, Map<String, Double>> readings = new LinkedHashMap<>();
    for (Map.Entry<String, Probe> p : asked.entrySet()) {
      readings.put(p.getKey(), job(seed).run(p.getValue(), model, shown));
    }
    return readings;
  }

  private Dataset second(Dataset data, long seed, Output output) throws IOException {
    if (corruption != null) {
      return ProbeJob.shifted(data, domain(), seed);
    }
    return target == null ? null : source.test(target, output);
  }
}
