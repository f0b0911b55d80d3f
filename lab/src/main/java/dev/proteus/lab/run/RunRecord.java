package dev.proteus.lab.run;

import java.time.Instant;
import java.util.Map;

/**
 * A run as the store has it: with its command, configuration, seed and data it can be run again.
 *
 * @param command what ran, such as {@code train} or {@code experiment rmsnorm}
 * @param config all its options, as values of JSON
 * @param versions of Proteus, libtorch and Java, and the machine
 * @param commit git commit of the working directory, or null
 * @param data checksums of the data, by name
 * @param finished null while it runs
 * @param summary its final numbers; empty unless it finished
 * @param error why it failed, or null
 */
public record RunRecord(
    long id,
    String command,
    Map<String, Object> config,
    long seed,
    Map<String, String> versions,
    String commit,
    Map<String, String> data,
    Instant started,
    Instant finished,
    Status status,
    Map<String, Double> summary,
    String error) {

  /** A run that was killed stays {@link #RUNNING}. */
  public enum Status {
    RUNNING,
    FINISHED,
    FAILED
  }
}
