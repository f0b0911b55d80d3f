package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.train.Evaluation;
import dev.proteus.core.train.Evaluator;
import dev.proteus.lab.report.Table;
import dev.proteus.models.Model;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a model on labelled data. */
@Command(
    name = "evaluate",
    description =
        "Measures a model on labelled data: accuracy, macro F1, calibration error and more, on the"
            + " test part where there is one.",
    footer = {"", "Example:", "  proteus evaluate --model my-model --data my-images"})
final class EvaluateCommand implements Callable<Integer> {
  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "256",
      description = "Samples a pass (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the bundled model (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private ModelOptions chosen;
  @Mixin private DataOptions source;
  @Mixin private Compute compute;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    Dataset data = source.test(output);
    compute.apply();
    Model model = chosen.open(seed, output);
    Evaluation evaluation = Evaluator.evaluate(model.net(), model.prepare(data), batchSize);
    Map<String, Double> numbers = evaluation.numbers();
    if (output.json) {
      ObjectNode json = new JsonMapper().createObjectNode();
      json.put("model", chosen.name).put("data", source.name).put("samples", evaluation.samples());
      numbers.forEach(json::put);
      output.print(json);
      return 0;
    }
    Table table = new Table("measure", "value");
    numbers.forEach((name, value) -> table.row(name, value));
    output.println("%s on %s, %d samples:".formatted(chosen.name, source.name, data.size()));
    output.println(table.text());
    return 0;
  }
}
