package dev.proteus.core.adapter;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.surgery.Select;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The layers of a network that an adapter stands around. Each entry of {@code modules} and {@code
 * exclude} is one of
 *
 * <ul>
 *   <li>{@code query}: the layer of that path, and all whose paths end with {@code .query}; PEFT's
 *       rule for lists
 *   <li>{@code encoder.layer.*.attention.**}: a glob of {@link Select}, of which the layers that
 *       the adapter can take are taken
 *   <li>{@code regex:.*\.(query|value)}: a regular expression for the whole path
 *   <li>{@code all-linear}: every linear layer but the output head: linear layers that are tied to
 *       an embedding, and those in what is called as heads of published networks are ({@code
 *       classifier}, {@code lm_head}, {@code head}, {@code score}, {@code qa_outputs}, {@code
 *       embed_out}; {@code fc}, if it is the last)
 * </ul>
 *
 * <p>A name or a regular expression that leads to a layer that the adapter cannot take is an error,
 * and so is an entry that leads nowhere.
 *
 * @param modules what is adapted
 * @param exclude and what is not, though an entry of {@code modules} leads to it
 * @param layers numbers of the blocks that are adapted; empty for all. Counts only for names, as in
 *     PEFT
 * @param layersPattern what the lists of blocks may be called; empty for anything
 */
public record Targets(
    List<String> modules, List<String> exclude, List<Integer> layers, List<String> layersPattern)
    implements Serializable {
  private static final String ALL_LINEAR = "all-linear";
  private static final String REGEX = "regex:";

  /** What the heads of published networks are called. */
  private static final Set<String> HEADS =
      Set.of("classifier", "embed_out", "head", "lm_head", "qa_outputs", "score");

  /** And that of residual networks, if nothing comes after it. */
  private static final String LAST = "fc";

  public Targets {
    modules = List.copyOf(modules);
    exclude = List.copyOf(exclude);
    layers = List.copyOf(layers);
    layersPattern = List.copyOf(layersPattern);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException("targets must name layers, but is empty");
    }
    // A wrong pattern is found here, not at the first network.
    modules.forEach(Targets::entry);
    exclude.forEach(Targets::entry);
    layersPattern.forEach(Targets::pattern);
  }

  /** All layers that an adapter can take. */
  public Targets() {
    this(List.of("**"), List.of(), List.of(), List.of());
  }

  public static Targets of(String... modules) {
    return new Targets(List.of(modules), List.of(), List.of(), List.of());
  }

  /** As on a command line: entries with commas between them, or a list. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static Targets read(JsonNode value) {
    if (value.isArray()) {
      return of(
          StreamSupport.stream(value.spliterator(), /* parallel= */ false)
              .map(JsonNode::asText)
              .toArray(String[]::new));
    }
    String text = value.asText();
    return of(
        text.startsWith(REGEX) // where a comma may be part of it
            ? new String[] {text}
            : Arrays.stream(text.split(",", -1)).map(String::strip).toArray(String[]::new));
  }

  /** The layers whose whole paths match a regular expression. */
  public static Targets regex(String pattern) {
    return of(REGEX + pattern);
  }

  /** The same without some layers. */
  public Targets excluding(String... more) {
    return new Targets(modules, List.of(more), layers, layersPattern);
  }

  // ---- entries ----

  private static boolean isAllLinear(String entry) {
    return entry.toLowerCase(Locale.ROOT).equals(ALL_LINEAR);
  }

  private static boolean isGlob(String entry) {
    return entry.contains("*") && !entry.startsWith(REGEX);
  }

  private static boolean isName(String entry) {
    return !isAllLinear(entry) && !isGlob(entry) && !entry.startsWith(REGEX);
  }

  /** Whether PEFT has the same rule for these entries: names, or one regular expression. */
  static boolean areOfPeft(List<String> entries) {
    return entries.stream().allMatch(Targets::isName)
        || (entries.size() == 1 && entries.get(0).startsWith(REGEX));
  }

  /** As PEFT's files have them: a list of names, or the text of a regular expression. */
  static Object inPeft(List<String> entries) {
    return entries.size() == 1 && entries.get(0).startsWith(REGEX)
        ? entries.get(0).substring(REGEX.length())
        : new TreeSet<>(entries);
  }

  /**
   * Paths for PEFT: a list, or, where its rule for lists would find more of the network's layers
   * than these, a regular expression.
   */
  static Object inPeft(Collection<String> paths, Collection<String> all) {
    boolean exact =
        all.stream()
            .filter(path -> !paths.contains(path))
            .noneMatch(path -> paths.stream().anyMatch(p -> path.endsWith("." + p)));
    return exact
        ? new TreeSet<>(paths)
        : paths.stream().map(p -> p.replace(".", "\\.")).collect(Collectors.joining("|"));
  }

  private static Predicate<String> entry(String entry) {
    if (entry.startsWith(REGEX)) {
      return pattern(entry.substring(REGEX.length())).asMatchPredicate();
    }
    return isGlob(entry)
        ? Select.glob(entry)
        : path -> path.equals(entry) || path.endsWith("." + entry);
  }

  /** Python writes a named group with a P. */
  static Pattern pattern(String text) {
    try {
      return Pattern.compile(text.replace("(?P<", "(?<"));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no regular expression: " + e.getDescription(), e);
    }
  }

  // ---- selection ----

  /**
   * The paths that are adapted, in the network's order.
   *
   * @param all the network's layers by path, without adapters
   * @param takes whether the adapter can take a layer
   * @param saved paths of modules that are trained as a whole; what is in them is left out
   * @param strict whether every entry has to lead to something, or one of them
   */
  List<String> select(
      Map<String, Layer> all, Predicate<Layer> takes, List<String> saved, boolean strict) {
    Map<String, Layer> open = new LinkedHashMap<>(all);
    open.keySet()
        .removeIf(
            path ->
                saved.stream().anyMatch(s -> path.equals(s) || path.startsWith(s + "."))
                    || exclude.stream().anyMatch(e -> entry(e).test(path)));
    Set<String> chosen = new TreeSet<>();
    for (String entry : modules) {
      Set<String> found = found(entry, open, all, takes);
      if (found.isEmpty() && strict) {
        throw nothing("'" + entry + "' leads", all, takes);
      }
      chosen.addAll(found);
    }
    if (chosen.isEmpty()) {
      throw nothing("none of " + modules + " leads", all, takes);
    }
    return open.keySet().stream().filter(chosen::contains).toList();
  }

  private Set<String> found(
      String entry, Map<String, Layer> open, Map<String, Layer> all, Predicate<Layer> takes) {
    if (isAllLinear(entry)) {
      Set<String> linear = linear(open, all);
      linear.removeIf(path -> !takes.test(open.get(path)));
      return linear;
    }
    Set<String> found = new TreeSet<>();
    Predicate<String> matches = entry(entry);
    open.forEach(
        (path, layer) -> {
          if (matches.test(path) && (!isName(entry) || path.equals(entry) || inBlock(path))) {
            if (takes.test(layer)) {
              found.add(path);
            } else if (!isGlob(entry)) {
              throw cannotTake(path, layer);
            }
          }
        });
    return found;
  }

  private boolean inBlock(String path) {
    if (layers.isEmpty()) {
      return true;
    }
    List<String> patterns =
        layersPattern.isEmpty()
            ? List.of(".*?\\.[^.]*\\.(\\d+)\\.")
            : layersPattern.stream().map(p -> "(?:^|.*?\\.)" + p + "\\.(\\d+)\\.").toList();
    for (String pattern : patterns) {
      Matcher m = pattern(pattern).matcher(path);
      if (m.lookingAt()) {
        return layers.contains(Integer.parseInt(m.group(m.groupCount())));
      }
    }
    return false;
  }

  private static boolean isLinear(Layer l) {
    return l instanceof Linear || l instanceof TransposedLinear;
  }

  private static Set<String> linear(Map<String, Layer> open, Map<String, Layer> all) {
    Set<Parameter> tables = Collections.newSetFromMap(new IdentityHashMap<>());
    String last = "";
    for (Map.Entry<String, Layer> e : all.entrySet()) {
      if (e.getValue() instanceof Embedding table) {
        tables.add(table.weight());
      } else if (isLinear(e.getValue())) {
        last = e.getKey();
      }
    }
    boolean endsWithFc = last.equals(LAST);
    Set<String> found = new TreeSet<>();
    open.forEach(
        (path, layer) -> {
          String first = path.split("\\.", 2)[0];
          boolean isHead = HEADS.contains(first) || (endsWithFc && path.equals(LAST));
          boolean isTied = layer.ownParameters().values().stream().anyMatch(tables::contains);
          if (isLinear(layer) && !isHead && !isTied) {
            found.add(path);
          }
        });
    return found;
  }

  private static IllegalArgumentException cannotTake(String path, Layer layer) {
    return new IllegalArgumentException(
        "targets: '"
            + path
            + "' is a "
            + layer.getClass().getSimpleName()
            + ", which this adapter cannot take"
            + (layer instanceof MultiheadAttention
                ? "; its projections of queries, keys and values are one parameter and no layer."
                    + " Name '"
                    + path
                    + ".out_proj' to adapt the output projection"
                : "; exclude it"));
  }

  private static IllegalArgumentException nothing(
      String what, Map<String, Layer> all, Predicate<Layer> takes) {
    Set<String> names = new TreeSet<>();
    all.forEach(
        (path, layer) -> {
          if (takes.test(layer)) {
            names.add(path.substring(path.lastIndexOf('.') + 1));
          }
        });
    return new IllegalArgumentException(
        "targets: "
            + what
            + " to no layer that this adapter can take (beside modules to save and excluded ones);"
            + " there are layers named "
            + names);
  }
}
