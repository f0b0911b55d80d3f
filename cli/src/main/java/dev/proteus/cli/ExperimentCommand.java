package dev.proteus.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.ExperimentRunner;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.experiments.Experiments;
import dev.proteus.lab.report.Table;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Methods against their baselines. */
@Command(
    name = "experiment",
    description = "Measures what a method's paper claims, against a baseline, over several seeds.",
    footer = {"", "Example:", "  proteus experiment list"},
    subcommands = {
      ExperimentCommand.ListThem.class,
      ExperimentCommand.RunThem.class,
      ExperimentCommand.Report.class
    })
final class ExperimentCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "run, list or report is missing");
  }

  @Command(
      name = "list",
      description = "Lists the experiments with the verdicts of their stored results.",
      footer = {"", "Example:", "  proteus experiment list --json"})
  static final class ListThem implements Runnable {
    @Mixin private Output output;

    @Override
    public void run() {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      Table table = new Table("id", "arms", "seeds", "verdict", "measured");
      for (Experiment e : Experiments.all()) {
        Optional<Results> results = Results.of(e.id());
        String arms = String.join(", ", e.arms());
        String verdict = results.map(r -> r.verdict().toString()).orElse(null);
        String date = results.map(Results::date).orElse(null);
        table.row(e.id(), arms, e.seeds().size(), verdict, date);
        var json =
            array.addObject().put("id", e.id()).put("claim", e.claim()).put("setting", e.setting());
        e.arms().forEach(json.putArray("arms")::add);
        e.seeds().forEach(json.putArray("seeds")::add);
        json.put("verdict", verdict).put("date", date);
      }
      if (output.json) {
        output.print(array);
      } else {
        output.println(table.text());
      }
    }
  }

  @Command(
      name = "run",
      description = {
        "Runs experiments and judges the papers' claims. What an interrupted run finished is kept.",
        "Works inside a checkout: results carry a fingerprint of the method's source."
      },
      footer = {"", "Example:", "  proteus experiment run rmsnorm lamb --save"})
  static final class RunThem implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "ID", description = "Methods; see 'experiment list'.")
    private List<String> ids = List.of();

    @Option(names = "--all", description = "All experiments.")
    private boolean all;

    @Option(
        names = "--save",
        description = "Write the results to the checkout, where the committed ones are.")
    private boolean save;

    @Mixin private Compute compute;
    @Mixin private Output output;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      if (all != ids.isEmpty()) {
        throw new ParameterException(spec.commandLine(), "name experiments, or give --all");
      }
      List<Experiment> experiments =
          all ? Experiments.all() : output.asked(() -> ids.stream().map(Experiments::of).toList());
      compute.apply();
      Path root = CodeHash.root();
      Map<String, String> code = CodeHash.all(root);
      List<Results> measured = new ArrayList<>();
      try (RunStore store = RunStore.open()) {
        for (Experiment e : experiments) {
          Results results = new ExperimentRunner(store, code.get(e.id()), output::progress).run(e);
          measured.add(results);
          if (save) {
            output.progress("wrote " + results.write(Results.folder(root)));
          }
        }
      }
      print(measured, output);
      return 0;
    }
  }

  @Command(
      name = "report",
      description = "Shows stored results in full.",
      footer = {"", "Example:", "  proteus experiment report rmsnorm"})
  static final class Report implements Runnable {
    @Parameters(
        arity = "0..*",
        paramLabel = "ID",
        description = "Methods (default: all that have results).")
    private List<String> ids = List.of();

    @Mixin private Output output;

    @Override
    public void run() {
      print(ids.isEmpty() ? allResults() : output.asked(this::named), output);
    }

    private List<Results> named() {
      return ids.stream()
          .map(
              id ->
                  Results.of(Experiments.of(id).id())
                      .orElseThrow(
                          () ->
                              new IllegalArgumentException(
                                  "no results of '" + id + "' are stored; run it first")))
          .toList();
    }

    private static List<Results> allResults() {
      return Experiments.all().stream().flatMap(e -> Results.of(e.id()).stream()).toList();
    }
  }

  private static void print(List<Results> all, Output output) {
    if (output.json) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      all.forEach(r -> array.add(json(r)));
      output.print(array);
      return;
    }
    for (Results r : all) {
      output.printf("%s: %s%n", r.id(), r.verdict());
      output.println("Claim    " + r.claim());
      output.println("Setting  " + r.setting());
      output.println("");
      Table rules = new Table("rule", "gain");
      r.rules().forEach(rule -> rules.row(rule.text(), r.gain(rule)));
      output.println(rules.text());
      output.println(table(r).text());
    }
  }

  /** An arm a row, a metric a column, over the seeds. */
  private static Table table(Results r) {
    List<String> metrics = new ArrayList<>();
    r.arms().values().forEach(m -> metrics.addAll(m.keySet()));
    List<String> distinct = List.copyOf(new TreeSet<>(metrics));
    List<String> columns = new ArrayList<>(distinct);
    columns.add(0, "arm");
    Table table = new Table(columns);
    r.arms()
        .forEach(
            (arm, values) -> {
              List<Object> row = new ArrayList<>();
              row.add(arm);
              distinct.forEach(m -> row.add(values.containsKey(m) ? r.spread(arm, m) : null));
              table.row(row);
            });
    return table;
  }

  private static JsonNode json(Results r) {
    try {
      return new JsonMapper().readTree(r.toJson());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
