package dev.proteus.lab.experiment;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.io.Home;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.report.Spread;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an experiment measured: the content of {@code results/<id>.json}.
 *
 * @param code the {@link CodeHash} of the method that was measured
 * @param arms by arm and metric, a value a seed
 * @param seconds by arm, the time of each seed
 * @param data checksums, by name
 * @param date of the day it was measured, as 2026-01-31
 */
@JsonPropertyOrder({"id", "claim", "setting", "code", "verdict", "rules", "seeds", "arms"})
public record Results(
    String id,
    String claim,
    String setting,
    String code,
    Verdict verdict,
    List<Rule> rules,
    List<Long> seeds,
    Map<String, Map<String, List<Double>>> arms,
    Map<String, List<Double>> seconds,
    Map<String, String> machine,
    Map<String, String> versions,
    Map<String, String> data,
    String date) {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /** The results of a method: of {@link #folder()}, else those that came with Proteus. */
  public static Optional<Results> of(String id) {
    Path file = folder().resolve(id + ".json");
    String resource = Catalogue.RESULTS + id + ".json";
    try (InputStream in =
        Files.exists(file)
            ? Files.newInputStream(file)
            : Results.class.getClassLoader().getResourceAsStream(resource)) {
      return in == null ? Optional.empty() : Optional.of(parse(resource, in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }

  /** Where new results go: into the checkout, to be committed; outside of one into {@link Home}. */
  public static Path folder() {
    return CodeHash.checkout()
        .map(root -> root.resolve("lab/src/main/resources").resolve(Catalogue.RESULTS))
        .orElseGet(() -> Home.folder().resolve("results"));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param name of the file, for the error's message
   */
  public static Results parse(String name, byte[] json) {
    try {
      return JSON.readValue(json, Results.class);
    } catch (IOException e) {
      throw new UncheckedIOException("Not results of an experiment: " + name, e);
    }
  }

  public String toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes the file {@code <id>.json} in a folder, whole or not at all. */
  public Path write(Path folder) throws IOException {
    Path file = folder.resolve(id + ".json");
    AtomicFile.write(file, toJson());
    return file;
  }

  /** A metric of an arm over the seeds. */
  public Spread spread(String arm, String metric) {
    return Spread.of(arms.get(arm).get(metric));
  }

  /** The gain of a rule over the seeds. */
  public Spread gain(Rule rule) {
    return Spread.of(rule.gains(arms));
  }

  /** All rules must hold; one that is contradicted contradicts the claim. */
  static Verdict judge(List<Rule> rules, Map<String, Map<String, List<Double>>> arms) {
    return rules.stream()
        .map(rule -> rule.judge(arms))
        .max(Verdict::compareTo)
        .orElseThrow(() -> new IllegalArgumentException("An experiment needs a rule"));
  }
}
