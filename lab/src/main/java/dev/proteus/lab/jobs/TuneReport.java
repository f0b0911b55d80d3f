package dev.proteus.lab.jobs;

import dev.proteus.lab.report.Report;
import dev.proteus.lab.report.Spread;
import dev.proteus.lab.report.Table;
import dev.proteus.lab.run.RunStore;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** What {@link TuneJob} measured, for people: a table, or a page. */
public final class TuneReport {
  private static final double MEGABYTE = 1 << 20;

  private TuneReport() {}

  public static Table table(TuneJob.Result result) {
    Table table =
        new Table(
            "way",
            "test accuracy",
            "macro F1",
            "validation accuracy",
            "trainable parameters",
            "seconds",
            "peak memory, MB");
    for (TuneJob.Row r : result.rows()) {
      Long bytes = r.peakMemoryBytes();
      table.row(
          r.name(),
          r.accuracy(),
          r.macroF1(),
          r.validation(),
          r.trainable(),
          r.seconds(),
          bytes == null ? null : Math.round(bytes / MEGABYTE));
    }
    return table;
  }

  /** Of each saved adapter, how it did on a fresh copy of the network. */
  public static String reloaded(TuneJob.Row row) {
    TuneJob.Reloaded r = row.reloaded();
    return "%s, saved to %s and put on a fresh network: %d of %d texts get the same class, logits differ by at most %.1e."
        .formatted(row.name(), row.saved(), r.same(), r.texts(), r.difference());
  }

  /**
   * The page.
   *
   * @param what the network and the data, in a few words
   * @param losses of each way while it was trained
   */
  public static Report page(
      TuneJob.Result result, String what, Map<String, List<RunStore.Point>> losses) {
    String setting =
        "%s: %d texts of %d classes to train, %d for validation, %d to test."
            .formatted(what, result.train(), result.classes(), result.validation(), result.test());
    List<String> ways = result.rows().stream().map(TuneJob.Row::name).toList();
    Map<String, List<Spread>> bars = new TreeMap<>();
    bars.put("accuracy", values(result, TuneJob.Row::accuracy));
    bars.put("macro F1", values(result, TuneJob.Row::macroF1));
    Report page =
        Report.page("Fine-tuning on texts")
            .text(setting)
            .bars("Test part. " + setting, "share", ways, bars)
            .table("What each way reaches and costs. " + setting, table(result))
            .lines("Loss in training. " + setting, "step", "loss", losses);
    result.rows().stream().filter(r -> r.reloaded() != null).forEach(r -> page.text(reloaded(r)));
    return page;
  }

  private static List<Spread> values(TuneJob.Result result, ToDoubleFunction<TuneJob.Row> of) {
    return result.rows().stream().map(r -> Spread.of(List.of(of.applyAsDouble(r)))).toList();
  }
}
