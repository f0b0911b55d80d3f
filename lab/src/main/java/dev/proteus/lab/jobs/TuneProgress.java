package dev.proteus.lab.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which ways of a {@link TuneJob} are done, in a file beside their folders until all are. */
final class TuneProgress {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final State state;

  /**
   * @param job all settings of the job, as text
   */
  private record State(String job, Map<String, TuneJob.Row> done) {}

  /** A way that is not done yet. */
  interface Work {
    TuneJob.Row run() throws IOException;
  }

  private TuneProgress(Path file, State state) {
    this.file = file;
    this.state = state;
  }

  /**
   * The progress of a job so far.
   *
   * @throws IOException if there is an unfinished job with other settings
   */
  static TuneProgress of(Path output, String job) throws IOException {
    Path file = output.resolve("unfinished.json");
    if (!Files.exists(file)) {
      TuneProgress fresh = new TuneProgress(file, new State(job, new LinkedHashMap<>()));
      fresh.save();
      return fresh;
    }
    State found = JSON.readValue(file.toFile(), State.class);
    if (!found.job.equals(job)) {
      throw new IOException(
          output
              + " has an unfinished job with other settings; run that one to its end, choose another"
              + " output folder, or remove this one");
    }
    return new TuneProgress(file, found);
  }

  /** The row of a way: that of the run before, where it got so far. */
  TuneJob.Row once(String way, Work work) throws IOException {
    TuneJob.Row row = state.done.get(way);
    if (row == null) {
      row = work.run();
      state.done.put(way, row);
      save();
    }
    return row;
  }

  private void save() throws IOException {
    AtomicFile.write(file, JSON.writeValueAsString(state));
  }

  void finish() throws IOException {
    Files.delete(file);
  }
}
