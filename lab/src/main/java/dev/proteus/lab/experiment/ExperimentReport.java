package dev.proteus.lab.experiment;

import dev.proteus.lab.report.Report;
import dev.proteus.lab.report.Spread;
import dev.proteus.lab.report.Table;
import dev.proteus.lab.run.RunRecord;
import dev.proteus.lab.run.RunStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Results of experiments for people: a page for one, a table of many. */
public final class ExperimentReport {
  private ExperimentReport() {}

  /** The main rule of each experiment: both values, the gain and the verdict. */
  public static Table table(List<Results> all) {
    Table table = new Table("method", "metric", "baseline", "result", "gain", "seeds", "verdict");
    for (Results r : all) {
      Rule rule = r.rules().get(0);
      table.row(
          r.id(),
          rule.metric(),
          rule.baseline() == null ? null : text(r.spread(rule.baseline(), rule.metric())),
          text(r.spread(rule.arm(), rule.metric())),
          text(r.gain(rule)),
          r.seeds().size(),
          r.verdict());
    }
    return table;
  }

  /** The page of an experiment, with the curves of its runs where the store has them. */
  public static Report page(Results r, RunStore store) {
    Report page =
        Report.page(r.id() + ": " + r.verdict())
            .text("Claim: " + r.claim())
            .text("Measured on: " + r.setting())
            .section("Verdict")
            .table("The rules, said in advance; gains over the seeds " + r.seeds() + ".", rules(r))
            .section("Measurements")
            .table(
                "Mean ± standard deviation over the seeds %s. %s".formatted(r.seeds(), r.setting()),
                arms(r));
    for (String metric : metrics(r)) {
      page.bars(
          "%s by seed. %s".formatted(metric, r.setting()),
          metric,
          r.seeds().stream().map(seed -> "seed " + seed).toList(),
          bySeed(r, metric));
    }
    curves(page, r, store);
    return page.section("How it was measured")
        .table("Versions, machine and data (SHA-256).", provenance(r));
  }

  private static Table rules(Results r) {
    Table table = new Table("rule", "gain", "verdict");
    for (Rule rule : r.rules()) {
      table.row(rule.text(), r.gain(rule), rule.judge(r.arms()));
    }
    return table;
  }

  private static Table arms(Results r) {
    List<String> columns = new ArrayList<>(List.of("arm"));
    columns.addAll(metrics(r));
    columns.add("seconds");
    Table table = new Table(columns);
    for (String arm : r.arms().keySet()) {
      List<Object> row = new ArrayList<>(List.of(arm));
      for (String metric : metrics(r)) {
        row.add(r.arms().get(arm).containsKey(metric) ? r.spread(arm, metric) : null);
      }
      row.add(Spread.of(r.seconds().get(arm)));
      table.row(row);
    }
    return table;
  }

  /** All metrics, those of the rules first. */
  private static Set<String> metrics(Results r) {
    Set<String> names = new LinkedHashSet<>();
    r.rules().forEach(rule -> names.add(rule.metric()));
    r.arms().values().forEach(arm -> names.addAll(arm.keySet()));
    return names;
  }

  private static Map<String, List<Spread>> bySeed(Results r, String metric) {
    Map<String, List<Spread>> series = new LinkedHashMap<>();
    r.arms()
        .forEach(
            (arm, metrics) -> {
              if (metrics.containsKey(metric)) {
                series.put(
                    arm, metrics.get(metric).stream().map(v -> Spread.of(List.of(v))).toList());
              }
            });
    return series;
  }

  /** What the runs of the first seed recorded over their steps. */
  private static void curves(Report page, Results r, RunStore store) {
    Map<String, Map<String, List<RunStore.Point>>> curves = new TreeMap<>();
    for (String arm : r.arms().keySet()) {
      store.runs().stream()
          .filter(run -> run.command().equals("experiment " + r.id()))
          .filter(run -> run.status() == RunRecord.Status.FINISHED)
          .filter(run -> run.seed() == r.seeds().get(0))
          .filter(run -> arm.equals(run.config().get("arm")))
          .filter(run -> r.code().equals(run.config().get("code")))
          .findFirst()
          .ifPresent(
              run ->
                  store
                      .metrics(run.id())
                      .forEach(
                          (name, points) ->
                              curves
                                  .computeIfAbsent(name, n -> new LinkedHashMap<>())
                                  .put(arm, points)));
    }
    curves.forEach(
        (name, series) ->
            page.lines(
                "%s over the steps, seed %d. %s".formatted(name, r.seeds().get(0), r.setting()),
                "step",
                name,
                series));
  }

  private static Table provenance(Results r) {
    Table table = new Table("what", "value").row("date", r.date()).row("method's code", r.code());
    r.versions().forEach(table::row);
    r.machine().forEach(table::row);
    r.data().forEach(table::row);
    return table;
  }

  /** A spread by itself, with the digits of its own size. */
  private static String text(Spread spread) {
    return new Table("x").row(spread).formatted().get(0).get(0);
  }
}
