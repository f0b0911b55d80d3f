package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Order;
import dev.proteus.core.data.corrupt.Corruption;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.io.Home;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.MethodTypes;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.lab.jobs.AdaptJob;
import dev.proteus.lab.jobs.AdaptReport;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunStore;
import dev.proteus.models.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job: shifted images through a network, unadapted and adapted. */
@Command(
    name = "adapt",
    description = {
      "Streams corrupted images through a network, unadapted and with online adapters, and compares"
          + " their accuracy, speed and memory.",
      "Without options: a residual network (trained once, then kept) on the bundled Fashion-MNIST"
          + " test images, all 15 corruptions, every adapter there is."
    },
    footer = {
      "",
      "Examples:",
      "  proteus adapt ",
      "  proteus adapt --method alpha-bn-core alpha=0.9 core=none --batch-size 16",
      "  proteus adapt --model my-model --data my-images --image-size 3,32,32 --json"
    })
final class AdaptCommand implements Callable<Integer> {
  @Option(
      names = "--method",
      arity = "1..*",
      paramLabel = "ID [key=value]",
      description = "An online adapter with its parameters; may be repeated (default: each).")
  private List<String> methods = List.of();

  @Option(
      names = "--corruption",
      split = ",",
      paramLabel = "NAME",
      description = "Only these, such as fog,snow (default: all 15).")
  private List<String> corruptions = List.of();

  @Option(
      names = "--severity",
      defaultValue = "5",
      description = "From 1 to 5 (default: ${DEFAULT-VALUE}).")
  private int severity;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "128",
      description = "Images a batch (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Of the corruptions, the order and the bundled model (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where the report goes (default: reports in the folder of your runs).")
  private Path html;

  @Mixin private ModelOptions chosen;
  @Mixin private DataOptions source;
  @Mixin private Compute compute;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    Map<String, OnlineAdapter> adapters = output.asked(this::adapters);
    AdaptJob job =
        output.asked(() -> new AdaptJob(shifts(), severity, Order.iid(), batchSize, seed));
    Dataset data = source.test(output);
    compute.apply();

    Model model = chosen.open(seed, output);
    try (RunStore store = RunStore.open();
        Run run =
            store.start("adapt", config(adapters), seed, Map.of(source.name, Checksum.of(data)))) {
      // What was not asked for by name may be left out.
      AdaptJob.Result result =
          methods.isEmpty()
              ? job.runFitting(model, data, adapters)
              : job.run(model, data, adapters);
      Path page =
          html == null ? Home.folder().resolve("reports/adapt-" + run.id() + ".html") : html;
      Files.createDirectories(page.toAbsolutePath().getParent());
      AdaptReport.page(result, chosen.name + " on " + source.name).write(page);
      run.artefact("report", page);
      run.finish(summary(result));
      print(result, page);
    }
    return 0;
  }

  private List<Corruption> shifts() {
    return corruptions.isEmpty()
        ? Corruptions.all()
        : corruptions.stream().map(Corruptions::named).toList();
  }

  /** Those asked for by what they were asked with, else all with their papers' values. */
  private Map<String, OnlineAdapter> adapters() {
    if (!methods.isEmpty()) {
      return MethodWords.build(OnlineAdapter.class, methods);
    }
    Map<String, OnlineAdapter> adapters = new LinkedHashMap<>();
    MethodTypes.all(Catalogue.load().entries(), OnlineAdapter.class)
        .forEach((name, type) -> adapters.put(name, MethodConfig.defaults(type)));
    return adapters;
  }

  /** All that the result depends on, besides seed and data. */
  private Map<String, Object> config(Map<String, OnlineAdapter> adapters) {
    Map<String, Object> config = new TreeMap<>();
    config.put("model", chosen.name);
    config.put("data", source.name);
    config.put("severity", severity);
    config.put("batchSize", batchSize);
    config.put("corruptions", shifts().stream().map(Corruption::name).toList());
    Map<String, Object> described = new LinkedHashMap<>();
    adapters.forEach((name, a) -> described.put(name, MethodConfig.describe(a)));
    config.put("methods", described);
    return config;
  }

  private static Map<String, Double> summary(AdaptJob.Result result) {
    Map<String, Double> summary = new LinkedHashMap<>();
    summary.put("clean", result.clean());
    result.methods().forEach(m -> summary.put(m.method(), m.mean()));
    return summary;
  }

  private void print(AdaptJob.Result result, Path page) {
    if (output.json) {
      ObjectNode json = new JsonMapper().valueToTree(result);
      output.print(json.put("report", page.toString()));
      return;
    }
    output.printf(
        "%s on %s: %d images, accuracy %.4f as they are; corrupted at severity %d, batches of %d:%n",
        chosen.name, source.name, result.samples(), result.clean(), severity, batchSize);
    output.println(AdaptReport.accuracies(result).text());
    output.println(AdaptReport.costs(result).text());
    if (!result.refused().isEmpty()) {
      output.println(AdaptReport.refused(result).text());
    }
    output.println("Report: " + page);
  }
}
