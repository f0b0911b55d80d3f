package dev.proteus.lab.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.proteus.core.io.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The runs of a user in an SQLite file. Threads may share a store, and processes the file: writers
 * wait for each other.
 */
public final class RunStore implements AutoCloseable {
  private static final int SCHEMA = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private final Path path;
  private final Connection connection;

  private RunStore(Path path, Connection connection) {
    this.path = path;
    this.connection = connection;
  }

  /** A number of a run at a step. */
  public record Point(long step, double value) {}

  /** The user's store, in {@link Home}. */
  public static RunStore open() {
    return open(Home.folder().resolve("runs.db"));
  }

  /**
   * Opens a store, or makes a new one where there is no file.
   *
   * @throws UncheckedIOException if the file is damaged, no run store, or of a newer Proteus
   */
  public static RunStore open(Path path) {
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path.toAbsolutePath());
      RunStore store = new RunStore(path, connection);
      try {
        store.prepare();
        return store;
      } catch (SQLException | IOException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(path, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare() throws SQLException, IOException {
    try (Statement s = connection.createStatement()) {
      s.execute("pragma busy_timeout = 30000");
      s.execute("pragma journal_mode = wal");
      s.execute("pragma synchronous = normal");
      s.execute("begin immediate");
      int schema = s.executeQuery("pragma user_version").getInt(1);
      if (schema > SCHEMA) {
        throw new IOException(
            path + " was written by a newer Proteus (schema " + schema + "); update this one");
      }
      if (schema == 0) {
        if (s.executeQuery("select count(*) from sqlite_master").getInt(1) > 0) {
          throw new IOException(path + " is an SQLite file, but not a store of runs");
        }
        s.executeUpdate(
            "create table runs (id integer primary key autoincrement, command text not null,"
                + " config text not null, seed integer not null, versions text not null,"
                + " commit_id text, data text not null, started text not null, finished text,"
                + " status text not null, summary text not null, error text)");
        s.executeUpdate(
            "create table metrics (run integer not null references runs, name text not null,"
                + " step integer not null, value real, primary key (run, name, step))"
                + " without rowid");
        s.executeUpdate(
            "create table artefacts (run integer not null references runs, name text not null,"
                + " path text not null, primary key (run, name)) without rowid");
        s.executeUpdate("pragma user_version = " + SCHEMA);
      }
      s.execute("commit");
    }
  }

  /**
   * Starts a run; versions, machine and the working directory's git commit are recorded with it.
   *
   * @param command what runs, such as {@code train}
   * @param config all options, as values of JSON
   * @param data checksums of the data, by name
   */
  public Run start(String command, Map<String, ?> config, long seed, Map<String, String> data) {
    Map<String, String> versions = new TreeMap<>(Provenance.versions());
    versions.putAll(Provenance.machine());
    String commit = Provenance.commit(Path.of("").toAbsolutePath()).orElse(null);
    return sql(
        "insert into runs (command, config, seed, versions, commit_id, data, started, status,"
            + " summary) values (?, ?, ?, ?, ?, ?, ?, ?, '{}') returning id",
        s -> new Run(this, all(s, row -> row.getLong(1)).get(0)),
        command,
        json(config),
        seed,
        json(versions),
        commit,
        json(data),
        Instant.now().toString(),
        RunRecord.Status.RUNNING.name());
  }

  void addMetric(long run, long step, String name, double value) {
    sql(
        "insert or replace into metrics values (?, ?, ?, ?)",
        PreparedStatement::executeUpdate,
        run,
        name,
        step,
        value);
  }

  void addArtefact(long run, String name, Path file) {
    sql(
        "insert or replace into artefacts values (?, ?, ?)",
        PreparedStatement::executeUpdate,
        run,
        name,
        file.toString());
  }

  void end(long run, RunRecord.Status status, Map<String, Double> summary, String error) {
    sql(
        "update runs set finished = ?, status = ?, summary = ?, error = ? where id = ?",
        PreparedStatement::executeUpdate,
        Instant.now().toString(),
        status.name(),
        json(summary),
        error,
        run);
  }

  /** All runs, the newest first. */
  public List<RunRecord> runs() {
    return sql("select * from runs order by id desc", s -> all(s, RunStore::record));
  }

  /**
   * A run by its number.
   *
   * @throws IllegalArgumentException if there is none
   */
  public RunRecord run(long id) {
    List<RunRecord> found =
        sql("select * from runs where id = ?", s -> all(s, RunStore::record), id);
    if (found.isEmpty()) {
      throw new IllegalArgumentException("No run " + id + " in " + path);
    }
    return found.get(0);
  }

  /** The newest finished run of this command, configuration and seed. */
  public Optional<RunRecord> finished(String command, Map<String, ?> config, long seed) {
    return sql(
            "select * from runs where command = ? and config = ? and seed = ? and status = ?"
                + " order by id desc limit 1",
            s -> all(s, RunStore::record),
            command,
            json(config),
            seed,
            RunRecord.Status.FINISHED.name())
        .stream()
        .findFirst();
  }

  /** The numbers of a run over its steps, by name. */
  public Map<String, List<Point>> metrics(long run) {
    Map<String, List<Point>> metrics = new TreeMap<>();
    sql(
        "select name, step, value from metrics where run = ? order by name, step",
        s ->
            all(
                s,
                row -> {
                  long step = row.getLong(2);
                  // SQLite has no NaN and stores it as null.
                  double value = row.getDouble(3);
                  Point point = new Point(step, row.wasNull() ? Double.NaN : value);
                  return metrics
                      .computeIfAbsent(row.getString(1), n -> new ArrayList<>())
                      .add(point);
                }),
        run);
    return metrics;
  }

  /** The files that a run wrote, by name. */
  public Map<String, Path> artefacts(long run) {
    Map<String, Path> files = new TreeMap<>();
    sql(
        "select name, path from artefacts where run = ?",
        s -> all(s, row -> files.put(row.getString(1), Path.of(row.getString(2))) == null),
        run);
    return files;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(path, e);
    }
  }

  private static RunRecord record(ResultSet row) throws SQLException {
    String finished = row.getString("finished");
    return new RunRecord(
        row.getLong("id"),
        row.getString("command"),
        parse(row.getString("config"), new TypeReference<Map<String, Object>>() {}),
        row.getLong("seed"),
        parse(row.getString("versions"), new TypeReference<Map<String, String>>() {}),
        row.getString("commit_id"),
        parse(row.getString("data"), new TypeReference<Map<String, String>>() {}),
        Instant.parse(row.getString("started")),
        finished == null ? null : Instant.parse(finished),
        RunRecord.Status.valueOf(row.getString("status")),
        parse(row.getString("summary"), new TypeReference<Map<String, Double>>() {}),
        row.getString("error"));
  }

  private interface Sql<A, B> {
    B apply(A a) throws SQLException;
  }

  /** Runs a statement with its parameters; the connection serves one thread at a time. */
  private synchronized <T> T sql(String text, Sql<PreparedStatement, T> use, Object... parameters) {
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      return use.apply(statement);
    } catch (SQLException e) {
      throw failure(path, e);
    }
  }

  private static <T> List<T> all(PreparedStatement statement, Sql<ResultSet, T> read)
      throws SQLException {
    List<T> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows.add(read.apply(result));
      }
    }
    return rows;
  }

  private static UncheckedIOException failure(Path path, SQLException e) {
    SQLiteErrorCode code =
        e instanceof SQLiteException s ? s.getResultCode() : SQLiteErrorCode.UNKNOWN_ERROR;
    String message =
        switch (code) {
          case SQLITE_NOTADB, SQLITE_CORRUPT ->
              path + " is damaged or no store of runs; move it away to start a new one";
          case SQLITE_BUSY -> path + " stayed locked by another process for 30 s";
          default -> "Cannot use the store of runs " + path + ": " + e.getMessage();
        };
    return new UncheckedIOException(new IOException(message, e));
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Not a value of JSON: " + value, e);
    }
  }

  private static <T> T parse(String json, TypeReference<T> type) {
    try {
      return JSON.readValue(json, type);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Not JSON in the store of runs: " + json, e);
    }
  }
}
