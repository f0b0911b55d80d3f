package dev.proteus.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.ExperimentReport;
import dev.proteus.lab.experiment.ExperimentRunner;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.experiments.Experiments;
import dev.proteus.lab.report.Table;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        "Inside a checkout the results go to where they are committed, else to ~/.proteus."
      },
      footer = {"", "Example:", "  proteus experiment run rmsnorm lamb"})
  static final class RunThem implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "ID", description = "Methods; see 'experiment list'.")
    private List<String> ids = List.of();

    @Option(names = "--all", description = "All experiments.")
    private boolean all;

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
      List<Results> measured = new ArrayList<>();
      try (RunStore store = RunStore.open()) {
        for (Experiment e : experiments) {
          Results results =
              new ExperimentRunner(store, CodeHash.present(e.id()), output::progress).run(e);
          output.progress("wrote " + results.write(Results.folder()));
          measured.add(results);
        }
      }
      print(measured, output);
      return 0;
    }
  }

  @Command(
      name = "report",
      description = "Shows stored results.",
      footer = {"", "Example:", "  proteus experiment report rmsnorm --html reports"})
  static final class Report implements Callable<Integer> {
    @Parameters(
        arity = "0..*",
        paramLabel = "ID",
        description = "Methods (default: all that have results).")
    private List<String> ids = List.of();

    @Option(
        names = "--html",
        paramLabel = "FOLDER",
        description = "Write a page with charts for each, too.")
    private Path html;

    @Mixin private Output output;

    @Override
    public Integer call() throws IOException {
      List<Results> results = ids.isEmpty() ? allResults() : output.asked(this::named);
      if (html != null) {
        Files.createDirectories(html);
        try (RunStore store = RunStore.open()) {
          for (Results r : results) {
            Path page = html.resolve(r.id() + ".html");
            ExperimentReport.page(r, store).write(page);
            output.progress("wrote " + page);
          }
        }
      }
      print(results, output);
      return 0;
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
    output.println(ExperimentReport.table(all).text());
  }

  private static JsonNode json(Results r) {
    try {
      return new JsonMapper().readTree(r.toJson());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
