package dev.proteus.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.lab.run.Provenance;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A page of text, tables and charts in one HTML file that needs no network. Every table and chart
 * has a caption, which says what was measured on what.
 */
public final class Report {
  private static final String CHART_JS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final String title;
  private final StringBuilder body = new StringBuilder();
  private boolean charts;

  private Report(String title) {
    this.title = title;
  }

  public static Report page(String title) {
    return new Report(title);
  }

  /** Starts a part with a heading. */
  public Report section(String heading) {
    body.append("<h2>").append(escape(heading)).append("</h2>\n");
    return this;
  }

  public Report text(String paragraph) {
    body.append("<p>").append(escape(paragraph)).append("</p>\n");
    return this;
  }

  /** A table that readers can sort by its columns. */
  public Report table(String caption, Table table) {
    return figure(caption, html(table, false));
  }

  /** A table of one quantity: its numbers are coloured from the least to the greatest of all. */
  public Report heat(String caption, Table table) {
    return figure(caption + " The stronger the colour, the higher.", html(table, true));
  }

  /**
   * Bars in groups. Where a value was measured more than once, a line spans the least to the
   * greatest. The numbers can be unfolded as a table.
   *
   * @param unit what the bars' height is, such as {@code accuracy}
   * @param groups the names along the axis
   * @param series by name, a value a group
   */
  public Report bars(
      String caption, String unit, List<String> groups, Map<String, List<Spread>> series) {
    ArrayNode sets = NODES.arrayNode();
    series.forEach(
        (name, values) -> {
          if (values.size() != groups.size()) {
            throw new IllegalArgumentException(
                "Bars of '%s' have %d values for the %d groups %s"
                    .formatted(name, values.size(), groups.size(), groups));
          }
          ObjectNode set = sets.addObject().put("label", name);
          set.set("data", numbers(values, Spread::mean));
          set.set("low", numbers(values, Spread::min));
          set.set("high", numbers(values, Spread::max));
        });
    ObjectNode chart = NODES.objectNode().put("type", "bar").put("y", unit);
    chart.set("labels", strings(groups));
    chart.set("datasets", sets);

    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(series.keySet());
    Table table = new Table(head);
    for (int g = 0; g < groups.size(); g++) {
      List<Object> row = new ArrayList<>(List.of(groups.get(g)));
      for (List<Spread> values : series.values()) {
        row.add(values.get(g));
      }
      table.row(row);
    }
    return chart(
        caption,
        chart,
        "<details><summary>Numbers</summary>" + html(table, false) + "</details>\n");
  }

  /**
   * Curves over steps.
   *
   * @param x what the steps are, such as {@code epoch}
   * @param y what the values are, such as {@code loss}
   */
  public Report lines(
      String caption, String x, String y, Map<String, List<RunStore.Point>> series) {
    ArrayNode sets = NODES.arrayNode();
    series.forEach(
        (name, points) -> {
          ArrayNode data = sets.addObject().put("label", name).putArray("data");
          for (RunStore.Point p : points) {
            data.addObject().put("x", p.step()).set("y", number(p.value()));
          }
        });
    ObjectNode chart = NODES.objectNode().put("type", "line").put("x", x).put("y", y);
    chart.set("datasets", sets);
    return chart(caption, chart, "");
  }

  /** The whole page. */
  public String html() {
    Map<String, String> versions = Provenance.versions();
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        <h1>%s</h1>
        %s</main>
        <footer>Proteus %s with libtorch %s, %s</footer>
        <script>
        %s%s</script>
        </body>
        </html>
        """
        .formatted(
            escape(title),
            resource("report.css"),
            escape(title),
            body,
            escape(versions.get("proteus")),
            escape(versions.get("libtorch")),
            LocalDate.now(ZoneOffset.UTC),
            charts ? resource(CHART_JS) : "",
            resource("report.js"));
  }

  /** Writes the page, whole or not at all. */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, html());
  }

  private Report figure(String caption, String content) {
    body.append("<figure>\n<figcaption>").append(escape(caption)).append("</figcaption>\n");
    body.append(content).append("</figure>\n");
    return this;
  }

  private Report chart(String caption, ObjectNode chart, String more) {
    charts = true;
    return figure(
        caption,
        """
        <div class="chart"><canvas role="img" aria-label="%s"></canvas>\
        <script type="application/json">%s</script></div>
        %s"""
            .formatted(escape(caption), json(chart), more));
  }

  private static String html(Table table, boolean heat) {
    StringBuilder out = new StringBuilder("<div class=\"scroll\"><table>\n<thead><tr>");
    List<String> columns = table.columns();
    for (int c = 0; c < columns.size(); c++) {
      out.append(table.isNumeric(c) ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
      out.append("<button>").append(escape(columns.get(c))).append("</button></th>");
    }
    out.append("</tr></thead>\n<tbody>\n");
    Spread range = heat ? range(table) : null;
    List<List<String>> text = table.formatted();
    for (int r = 0; r < text.size(); r++) {
      out.append("<tr>");
      for (int c = 0; c < columns.size(); c++) {
        double value = value(table.rows().get(r).get(c));
        out.append("<td");
        if (table.isNumeric(c)) {
          out.append(" class=\"n\"");
        }
        if (Double.isFinite(value)) {
          out.append(" data-value=\"").append(value).append('"');
          if (range != null) {
            double share = (value - range.min()) / Math.max(1e-300, range.max() - range.min());
            out.append(String.format(Locale.ROOT, " style=\"--heat:%.0f%%\"", 70 * share));
          }
        }
        out.append('>').append(escape(text.get(r).get(c))).append("</td>");
      }
      out.append("</tr>\n");
    }
    return out.append("</tbody>\n</table></div>\n").toString();
  }

  private static Spread range(Table table) {
    return Spread.of(
        table.rows().stream()
            .flatMap(List::stream)
            .map(Report::value)
            .filter(Double::isFinite)
            .toList());
  }

  /** A cell's number; NaN where it has none. */
  private static double value(Object cell) {
    if (cell instanceof Spread s) {
      return s.mean();
    }
    return cell instanceof Number n ? n.doubleValue() : Double.NaN;
  }

  private static ArrayNode numbers(List<Spread> values, ToDoubleFunction<Spread> part) {
    ArrayNode array = NODES.arrayNode();
    values.forEach(v -> array.add(number(part.applyAsDouble(v))));
    return array;
  }

  private static JsonNode number(double value) {
    return Double.isFinite(value) ? NODES.numberNode(value) : NODES.nullNode();
  }

  private static ArrayNode strings(List<String> values) {
    ArrayNode array = NODES.arrayNode();
    values.forEach(array::add);
    return array;
  }

  /** JSON inside of a script element: nothing in it can end that element. */
  private static String json(JsonNode node) {
    try {
      return new ObjectMapper().writeValueAsString(node).replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name, e);
    }
  }
}
