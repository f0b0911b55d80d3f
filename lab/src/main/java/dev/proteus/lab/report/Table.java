package dev.proteus.lab.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows of text and numbers. A cell is a string, a number, a {@link Spread} or null (empty). The
 * numbers of a column have as many decimals as show four digits of its largest.
 */
public final class Table {
  private static final String GAP = "  ";

  private final List<String> columns;
  private final List<List<Object>> rows = new ArrayList<>();

  public Table(List<String> columns) {
    this.columns = List.copyOf(columns);
  }

  public Table(String... columns) {
    this(List.of(columns));
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if it has not one cell a column
   */
  public Table row(Object... cells) {
    return row(Arrays.asList(cells));
  }

  /** Adds a row, as {@link #row(Object...)}. */
  public Table row(List<?> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "The table has the columns " + columns + ", but the row is " + cells);
    }
    rows.add(new ArrayList<>(cells));
    return this;
  }

  public List<String> columns() {
    return columns;
  }

  public List<List<Object>> rows() {
    return rows;
  }

  /** Whether a column has numbers only, and is aligned to the right. */
  public boolean isNumeric(int column) {
    List<Object> cells = rows.stream().map(r -> r.get(column)).filter(c -> c != null).toList();
    return !cells.isEmpty()
        && cells.stream().allMatch(c -> c instanceof Number || c instanceof Spread);
  }

  /** The cells as text, row by row. */
  public List<List<String>> formatted() {
    int[] decimals = IntStream.range(0, columns.size()).map(this::decimals).toArray();
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, row.size())
                    .mapToObj(c -> format(row.get(c), decimals[c]))
                    .toList())
        .toList();
  }

  /** Aligned columns for a terminal, with a line under the head. */
  public String text() {
    List<List<String>> lines = new ArrayList<>(formatted());
    lines.add(0, columns);
    int[] width =
        IntStream.range(0, columns.size())
            .map(c -> lines.stream().mapToInt(line -> length(line.get(c))).max().getAsInt())
            .toArray();
    lines.add(1, IntStream.of(width).mapToObj("-"::repeat).toList());
    return lines.stream()
        .map(
            line ->
                IntStream.range(0, line.size())
                    .mapToObj(c -> pad(line.get(c), width[c], isNumeric(c)))
                    .collect(Collectors.joining(GAP))
                    .stripTrailing())
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** A table of GitHub's Markdown. */
  public String markdown() {
    UnaryOperator<String> escape = s -> s.replace("|", "\\|").replaceAll("\\R", " ");
    StringBuilder out = new StringBuilder();
    out.append(columns.stream().map(escape).collect(Collectors.joining(" | ", "| ", " |\n")));
    out.append(
        IntStream.range(0, columns.size())
            .mapToObj(c -> isNumeric(c) ? "--:" : "---")
            .collect(Collectors.joining(" | ", "| ", " |\n")));
    for (List<String> row : formatted()) {
      out.append(row.stream().map(escape).collect(Collectors.joining(" | ", "| ", " |\n")));
    }
    return out.toString();
  }

  /** An array of objects, one a row, with the columns' names as fields and unrounded numbers. */
  public ArrayNode json() {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (List<Object> row : rows) {
      ObjectNode object = array.addObject();
      for (int c = 0; c < row.size(); c++) {
        Object cell = row.get(c);
        if (cell instanceof Spread spread) {
          object.set(columns.get(c), spread.json());
        } else if (cell instanceof Number n && Double.isFinite(n.doubleValue())) {
          object.putPOJO(columns.get(c), n);
        } else {
          object.put(columns.get(c), cell == null || cell instanceof Number ? null : cell + "");
        }
      }
    }
    return array;
  }

  private int decimals(int column) {
    double largest =
        rows.stream()
            .map(row -> row.get(column))
            .mapToDouble(
                cell ->
                    cell instanceof Spread s
                        ? s.mean()
                        : cell instanceof Number n ? n.doubleValue() : 0)
            .filter(Double::isFinite)
            .map(Math::abs)
            .max()
            .orElse(0);
    int digits = largest == 0 ? 0 : (int) Math.floor(Math.log10(largest));
    return Math.max(0, Math.min(8, 3 - digits));
  }

  private static String format(Object cell, int decimals) {
    if (cell == null) {
      return "";
    }
    if (cell instanceof Spread s) {
      return number(s.mean(), decimals) + " ± " + number(s.std(), decimals);
    }
    if (cell instanceof Double || cell instanceof Float) {
      return number(((Number) cell).doubleValue(), decimals);
    }
    return cell.toString();
  }

  private static String number(double value, int decimals) {
    boolean vanishes = value != 0 && Math.abs(value) < 0.5 * Math.pow(10, -decimals);
    return String.format(Locale.ROOT, vanishes ? "%.1e" : "%." + decimals + "f", value);
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String pad(String text, int width, boolean right) {
    String space = " ".repeat(width - length(text));
    return right ? space + text : text + space;
  }
}
