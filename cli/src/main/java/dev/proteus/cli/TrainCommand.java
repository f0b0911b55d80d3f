package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Splits;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.jobs.TrainJob;
import dev.proteus.lab.report.Table;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a network on labelled data into a model folder. */
@Command(
    name = "train",
    description = {
      "Trains a network on labelled data into a model folder: a small residual network on images, a"
          + " multilayer perceptron on vectors.",
      "Cut off, it goes on where it stopped when it is started again with the same options."
    },
    footer = {
      "",
      "Examples:",
      "  proteus train --data my-images --image-size 3,32,32 --out my-model",
      "  proteus train --data my.csv-folder --out my-model --rule mono-forward"
    })
final class TrainCommand implements Callable<Integer> {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where the model goes, with TensorBoard events.")
  private Path out;

  @Option(
      names = "--rule",
      arity = "1..*",
      paramLabel = "ID [key=value]",
      description = "A learning rule with its parameters (default: backpropagation with AdamW).")
  private List<String> rule = List.of();

  @Option(
      names = "--lr",
      defaultValue = "0.001",
      description = "Learning rate of backpropagation, at first (default: ${DEFAULT-VALUE}).")
  private double lr;

  @Option(names = "--epochs", defaultValue = "10", description = "(default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "128",
      description = "Samples a step (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Stops after so many epochs without a smaller validation loss; 0 never"
              + " (default: ${DEFAULT-VALUE}).")
  private int patience;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of weights, order and validation part (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private DataOptions source;
  @Mixin private Compute compute;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    LearningRule learning = output.asked(this::learningRule);
    Splits data = source.open(output);
    compute.apply();
    TrainJob job = new TrainJob(learning, epochs, batchSize, patience, seed);
    Map<String, Object> config =
        Map.of(
            "rule", learning.toString(),
            "epochs", epochs,
            "batchSize", batchSize,
            "patience", patience,
            "data", source.name);
    try (RunStore store = RunStore.open();
        Run run =
            store.start("train", config, seed, Map.of(source.name, Checksum.of(data.train())))) {
      TrainJob.Result result = job.run(data, out, listener(run));
      run.artefact("model", out);
      run.finish(result.test().isEmpty() ? result.validation() : result.test());
      print(result);
    }
    return 0;
  }

  private LearningRule learningRule() {
    if (rule.isEmpty()) {
      return new Backprop(new CrossEntropy(), new AdamW(lr, 0.9, 0.999, 1e-8, 0.01, false));
    }
    return MethodConfig.build(LearningRule.class, rule.get(0), rule.subList(1, rule.size()));
  }

  private TrainingListener listener(Run run) {
    return new TrainingListener() {
      @Override
      public void epochEnded(EpochResult e) {
        run.metric(e.step(), "loss", e.loss());
        e.validation().forEach((name, value) -> run.metric(e.step(), "validation " + name, value));
        output.progress(
            "epoch %d of %d: loss %.4f, validation accuracy %.4f"
                .formatted(e.epoch(), epochs, e.loss(), e.validation().get("accuracy")));
      }
    };
  }

  private void print(TrainJob.Result result) {
    if (output.json) {
      ObjectNode json = new JsonMapper().createObjectNode().put("model", out.toString());
      json.put("epochs", result.training().history().size());
      json.set("validation", new JsonMapper().valueToTree(result.validation()));
      json.set("test", new JsonMapper().valueToTree(result.test()));
      output.print(json);
      return;
    }
    Table table = new Table("measure", "validation", "test");
    result
        .validation()
        .forEach((name, v) -> table.row(name, v, result.test().getOrDefault(name, null)));
    output.println(table.text());
    output.println("Model: " + out);
  }
}
