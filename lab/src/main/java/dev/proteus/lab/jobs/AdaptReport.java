package dev.proteus.lab.jobs;

import dev.proteus.lab.report.Report;
import dev.proteus.lab.report.Spread;
import dev.proteus.lab.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@link AdaptJob} measured, for people: two tables, or a page. */
public final class AdaptReport {
  private static final double MEGABYTE = 1 << 20;

  private AdaptReport() {}

  /** Accuracy, a shift a row and a method a column; their mean is the last row. */
  public static Table accuracies(AdaptJob.Result result) {
    List<AdaptJob.Row> methods = result.methods();
    List<String> columns = new ArrayList<>(List.of("accuracy"));
    methods.forEach(m -> columns.add(m.method()));
    Table table = new Table(columns);
    for (String shift : methods.get(0).corruptions().keySet()) {
      List<Object> row = new ArrayList<>(List.of(shift));
      methods.forEach(m -> row.add(m.corruptions().get(shift)));
      table.row(row);
    }
    List<Object> mean = new ArrayList<>(List.of("mean"));
    methods.forEach(m -> mean.add(m.mean()));
    return table.row(mean);
  }

  /** What each method costs. */
  public static Table costs(AdaptJob.Result result) {
    Table table = new Table("method", "mean accuracy", "samples/s", "added memory, MB");
    for (AdaptJob.Row m : result.methods()) {
      Long bytes = m.addedMemoryBytes();
      table.row(
          m.method(), m.mean(), m.samplesPerSecond(), bytes == null ? null : bytes / MEGABYTE);
    }
    return table;
  }

  /** What was left out; empty if nothing was. */
  public static Table refused(AdaptJob.Result result) {
    Table table = new Table("method", "left out, because");
    result.refused().forEach(r -> table.row(r.method(), r.reason()));
    return table;
  }

  /**
   * The page.
   *
   * @param what the network and the data, in a few words
   */
  public static Report page(AdaptJob.Result result, String what) {
    String setting =
        "%s: %d images a shift, severity %d, batches of %d."
            .formatted(what, result.samples(), result.severity(), result.batchSize());
    List<String> shifts = List.copyOf(result.methods().get(0).corruptions().keySet());
    Map<String, List<Spread>> series = new LinkedHashMap<>();
    for (AdaptJob.Row m : result.methods()) {
      series.put(
          m.method(),
          shifts.stream().map(s -> Spread.of(List.of(m.corruptions().get(s)))).toList());
    }
    Report page =
        Report.page("Adaptation to shifted images")
            .text(setting)
            .text(
                "Accuracy of the network on the images as they are: %.4f."
                    .formatted(result.clean()))
            .bars("Accuracy by shift. " + setting, "accuracy", shifts, series)
            .heat("Accuracy by shift. " + setting, accuracies(result))
            .table("What each method reaches and costs. " + setting, costs(result));
    return result.refused().isEmpty()
        ? page
        : page.table("Methods that do not fit the network.", refused(result));
  }
}
