package dev.proteus.core.method;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All published methods that Proteus carries or means to carry, each with the {@link Status} that
 * it earned: types with a {@link Paper}, {@link Evidence} of passed tests and stored results of
 * experiments are looked for on the class path. Nothing is initialised and no native code loaded.
 */
public final class Catalogue {
  /** Where experiments' results lie on the class path. */
  public static final String RESULTS = "dev/proteus/lab/results/";

  private static final JsonFactory TOKENS = new JsonFactory();

  private static final byte[] PAPER =
      Paper.class.descriptorString().getBytes(StandardCharsets.UTF_8);

  private final Map<String, Entry> entries;
  private final Map<String, Entry> baselines;

  private Catalogue(Map<String, Entry> entries, Map<String, Entry> baselines) {
    this.entries = entries;
    this.baselines = baselines;
  }

  /**
   * A published method.
   *
   * @param id such as {@code lora-plus}
   * @param family the package of its code
   * @param title the paper's
   * @param types what carries the {@link Paper}, in order of their names
   */
  public record Entry(
      String id, String family, String title, Status status, List<Class<?>> types) {}

  /** The catalogue of the class path. */
  public static Catalogue load() {
    return load(Catalogue.class.getClassLoader());
  }

  static Catalogue load(ClassLoader loader) {
    Map<String, List<Class<?>>> types = new HashMap<>();
    Map<String, Evidence> evidence = new HashMap<>();
    Map<String, String> results = new HashMap<>();
    ClassPath.visit(
        loader,
        "dev/proteus",
        name ->
            name.endsWith(".class") || name.startsWith(Evidence.FOLDER) || name.startsWith(RESULTS),
        (name, content) -> {
          if (name.endsWith(".class")) {
            if (contains(content, PAPER)) {
              Class<?> type = type(name, loader);
              Paper paper = type.getAnnotation(Paper.class);
              if (paper != null) {
                types.computeIfAbsent(paper.id(), id -> new ArrayList<>()).add(type);
              }
            }
          } else if (name.startsWith(Evidence.FOLDER)) {
            Evidence e = Evidence.read(name, content);
            evidence.put(e.id(), e);
          } else {
            results.put(name.substring(RESULTS.length()).replace(".json", ""), code(name, content));
          }
        });

    return new Catalogue(
        earned("catalogue.csv", types, evidence, results),
        earned("baselines.csv", types, evidence, results));
  }

  private static Map<String, Entry> earned(
      String list,
      Map<String, List<Class<?>>> types,
      Map<String, Evidence> evidence,
      Map<String, String> results) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Entry planned : planned(list)) {
      String id = planned.id();
      List<Class<?>> found = types.getOrDefault(id, List.of());
      Status status = status(found, evidence.get(id), results.get(id));
      entries.put(id, new Entry(id, planned.family(), planned.title(), status, found));
    }
    return entries;
  }

  /** All methods, in the catalogue's order; without the {@link #baselines()}. */
  public List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  /** Well-known methods that those of the catalogue are compared with; used just like them. */
  public List<Entry> baselines() {
    return List.copyOf(baselines.values());
  }

  /** The methods of the catalogue, then the baselines. */
  public List<Entry> all() {
    List<Entry> all = new ArrayList<>(entries.values());
    all.addAll(baselines.values());
    return all;
  }

  /**
   * The method of an id.
   *
   * @throws IllegalArgumentException if there is none, naming the ids that look like it
   */
  public Entry get(String id) {
    Entry entry = entries.getOrDefault(id, baselines.get(id));
    if (entry == null) {
      List<String> close =
          all().stream()
              .map(Entry::id)
              .filter(other -> distance(id, other) <= 2)
              .sorted(Comparator.comparingInt(other -> distance(id, other)))
              .limit(3)
              .toList();
      throw new IllegalArgumentException(
          "No method '"
              + id
              + "' in the catalogue"
              + (close.isEmpty() ? "" : "; did you mean " + String.join(" or ", close) + "?"));
    }
    return entry;
  }

  static Status status(List<Class<?>> types, Evidence evidence, String resultsOfCode) {
    if (types.isEmpty()) {
      return Status.PLANNED;
    }
    if (evidence == null || evidence.exact().isEmpty()) {
      return Status.BUILT;
    }
    if (evidence.code().equals(resultsOfCode)) {
      return Status.CLAIM;
    }
    return evidence.reference().isEmpty() ? Status.EXACT : Status.REFERENCE;
  }

  /** A bundled list; its titles may hold commas and are quoted then. */
  private static List<Entry> planned(String list) {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Catalogue.class.getResourceAsStream(list)),
                StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .skip(1)
          .map(
              line -> {
                String[] cells = line.split(",", 4);
                String title = cells[3].replaceAll("^\"|\"$", "").replace("\"\"", "\"");
                return new Entry(cells[1], cells[2], title, Status.PLANNED, List.of());
              })
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the catalogue", e);
    }
  }

  private static Class<?> type(String resource, ClassLoader loader) {
    String name = resource.substring(0, resource.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The code hash that a results file was made with: its top-level field "code". */
  private static String code(String name, byte[] results) {
    try (JsonParser json = TOKENS.createParser(results)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        if (field.equals("code")) {
          return json.getText();
        }
        json.skipChildren();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read results " + name, e);
    }
    throw new IllegalStateException("Results " + name + " do not say of which code they are");
  }

  private static boolean contains(byte[] content, byte[] part) {
    int last = content.length - part.length;
    for (int i = 0; i <= last; i++) {
      int k = 0;
      while (k < part.length && content[i + k] == part[k]) {
        k++;
      }
      if (k == part.length) {
        return true;
      }
    }
    return false;
  }

  /** Edits (insert, delete, replace one character) from one word to another. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
