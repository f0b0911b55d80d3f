package dev.proteus.lab.run;

import java.nio.file.Path;
import java.util.Map;

/**
 * A run under way, which records its numbers. Closing it before {@link #finish} records a failure.
 */
public final class Run implements AutoCloseable {
  private final RunStore store;
  private final long id;
  private boolean over;

  Run(RunStore store, long id) {
    this.store = store;
    this.id = id;
  }

  public long id() {
    return id;
  }

  /** Records a number of a step; a second one of the same step and name replaces the first. */
  public void metric(long step, String name, double value) {
    store.addMetric(id, step, name, value);
  }

  /** Records a file that the run wrote. */
  public void artefact(String name, Path path) {
    store.addArtefact(id, name, path.toAbsolutePath());
  }

  /** Ends the run with its final numbers. */
  public void finish(Map<String, Double> summary) {
    store.end(id, RunRecord.Status.FINISHED, summary, null);
    over = true;
  }

  /** Ends the run with the reason why it failed. */
  public void fail(String error) {
    store.end(id, RunRecord.Status.FAILED, Map.of(), error);
    over = true;
  }

  @Override
  public void close() {
    if (!over) {
      fail("ended before it was finished");
    }
  }
}
