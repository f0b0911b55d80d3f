package dev.proteus.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job for text: a trained network, adapted to the user's texts. */
@Command(
    name = "tune",
    description = {
      "Fine-tunes a network for text in several ways and compares what they reach and cost.",
      "Without options: the sentence encoder MiniLM learns to tell the category of a WordNet entry"
          + " from its definition, with LoRA and with all weights, against a classifier on frozen"
          + " features. Cut off, it goes on where it stopped.",
      "With --task causal-lm: a network learns to write like a text file (--data): that of --model,"
          + " with LoRA or --method full, or else a small one with fresh weights. --max-length is"
          + " the length of its samples."
    },
    footer = {
      "",
      "Examples:",
      "  proteus tune",
      "  proteus tune --data reviews.csv --text-column review --label-column stars",
      "  proteus tune --model my-bert --data my-texts --method lora rank=4 --method full",
      "  proteus tune --task causal-lm --data book.txt --output my-gpt2",
      "  proteus tune --task causal-lm --model my-llama --data book.txt --method lora rank=16"
    })
final class TuneCommand implements Callable<Integer> {
  /** What the network learns to do. */
  enum Task {
    CLASSIFICATION,
    CAUSAL_LM;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** How a task is done. */
  interface Tuning {
    void run(TuneOptions options, Output output) throws IOException;
  }

  @Option(
      names = "--task",
      defaultValue = "classification",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Task task;

  @Mixin private TuneOptions options;
  @Mixin private CausalLmOptions shape;
  @Mixin private Compute compute;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    compute.apply();
    Tuning tuning =
        switch (task) {
          case CLASSIFICATION -> new ClassificationTuning();
          case CAUSAL_LM -> new CausalLmTuning(shape);
        };
    tuning.run(options, output);
    return 0;
  }
}
