package dev.proteus.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunStoreTest {
  private static final Map<String, Object> CONFIG =
      Map.of("method", "rmsnorm", "lr", 0.1, "epochs", 3, "layers", List.of(1, 2));

  @TempDir Path folder;

  @Test
  void aRunIsReproducibleFromItsRecord() {
    Path file = folder.resolve("new/runs.db");
    long id;
    try (RunStore store = RunStore.open(file);
        Run run = store.start("train", CONFIG, 42, Map.of("digits", "abc"))) {
      id = run.id();
      assertThat(store.run(id).status()).isEqualTo(RunRecord.Status.RUNNING);
      run.metric(1, "loss", 2.5);
      run.metric(2, "loss", Double.NaN);
      run.metric(2, "accuracy", 0.5);
      run.metric(1, "loss", 2.25);
      run.artefact("report", folder.resolve("report.html"));
      run.finish(Map.of("accuracy", 0.5));
    }
    try (RunStore store = RunStore.open(file)) {
      RunRecord run = store.run(id);
      assertThat(run.command()).isEqualTo("train");
      assertThat(run.config()).isEqualTo(CONFIG);
      assertThat(run.seed()).isEqualTo(42);
      assertThat(run.data()).isEqualTo(Map.of("digits", "abc"));
      assertThat(run.versions()).containsKeys("proteus", "libtorch", "java", "os", "cores");
      assertThat(run.versions().get("libtorch")).matches("\\d+\\..*");
      assertThat(run.status()).isEqualTo(RunRecord.Status.FINISHED);
      assertThat(run.finished()).isAfterOrEqualTo(run.started());
      assertThat(run.summary()).isEqualTo(Map.of("accuracy", 0.5));
      assertThat(store.metrics(id))
          .isEqualTo(
              Map.of(
                  "loss",
                  List.of(new RunStore.Point(1, 2.25), new RunStore.Point(2, Double.NaN)),
                  "accuracy",
                  List.of(new RunStore.Point(2, 0.5))));
      assertThat(store.artefacts(id))
          .isEqualTo(Map.of("report", folder.resolve("report.html").toAbsolutePath()));
    }
  }

  @Test
  void findsFinishedRunsOfAConfiguration() {
    try (RunStore store = RunStore.open(folder.resolve("runs.db"))) {
      store.start("train", CONFIG, 1, Map.of()).finish(Map.of("a", 1.0));
      store.start("train", CONFIG, 2, Map.of()).close();
      store.start("train", CONFIG, 3, Map.of()).fail("loss is NaN at step 7");
      assertThat(store.finished("train", CONFIG, 1)).isPresent();
      assertThat(store.finished("train", CONFIG, 2)).isEmpty();
      assertThat(store.finished("train", CONFIG, 3)).isEmpty();
      assertThat(store.finished("train", Map.of(), 1)).isEmpty();
      assertThat(store.finished("adapt", CONFIG, 1)).isEmpty();
      assertThat(store.runs()).extracting(RunRecord::seed).containsExactly(3L, 2L, 1L);
      assertThat(store.runs().get(0).error()).isEqualTo("loss is NaN at step 7");
      assertThat(store.runs().get(1).error()).isEqualTo("ended before it was finished");
      assertThatThrownBy(() -> store.run(9))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("No run 9");
    }
  }

  @Test
  void writersShareAFile() throws InterruptedException, ExecutionException {
    Path file = folder.resolve("runs.db");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (RunStore shared = RunStore.open(file)) {
      List<Future<Long>> runs =
          IntStream.range(0, 8)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            // Half of them with a connection of their own, as another process has.
                            try (RunStore own = RunStore.open(file)) {
                              Run run =
                                  (i % 2 == 0 ? own : shared).start("t", Map.of(), i, Map.of());
                              for (int step = 0; step < 100; step++) {
                                run.metric(step, "x", i);
                              }
                              run.finish(Map.of());
                              return run.id();
                            }
                          }))
              .toList();
      for (Future<Long> run : runs) {
        assertThat(shared.metrics(run.get()).get("x")).hasSize(100);
      }
      assertThat(shared.runs()).hasSize(8);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refusesFilesThatAreNoStore() throws IOException, SQLException {
    Path text = Files.writeString(folder.resolve("text.db"), "no database at all ".repeat(99));
    assertThatThrownBy(() -> RunStore.open(text))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(
            text + " is damaged or no store of runs; move it away to start a new one");

    Path other = folder.resolve("other.db");
    execute(other, "create table t (x)");
    assertThatThrownBy(() -> RunStore.open(other)).hasMessageContaining("not a store of runs");

    Path newer = folder.resolve("newer.db");
    execute(newer, "pragma user_version = 99");
    assertThatThrownBy(() -> RunStore.open(newer)).hasMessageContaining("newer Proteus");
  }

  private static void execute(Path file, String sql) throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      c.createStatement().execute(sql);
    }
  }
}
