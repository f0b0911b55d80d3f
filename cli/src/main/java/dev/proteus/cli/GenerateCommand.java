package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.lab.jobs.GenerateJob;
import dev.proteus.models.text.Generation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues prompts with a language model. */
@Command(
    name = "generate",
    description = {
      "Continues prompts with a language model: the most probable token each time, or, with any of"
          + " the options for sampling, one that is drawn.",
      "The text of a single prompt is printed as it is written."
    },
    footer = {
      "",
      "Examples:",
      "  proteus generate --model my-gpt2 --prompt \"Once upon a time\"",
      "  proteus generate --model my-llama --prompt \"The sea\" --temperature 0.8 --top-p 0.9",
      "  proteus generate --model my-gpt2 --adapter my-lora --prompt \"One\" --prompt \"Two\" --json"
    })
final class GenerateCommand implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = ModelNames.DESCRIPTION + ", with tokenizer.json.")
  private String model;

  @Option(
      names = "--adapter",
      paramLabel = "FOLDER",
      description = "A LoRA adapter in the format of PEFT that is put on the model.")
  private Path adapter;

  @Option(
      names = "--prompt",
      required = true,
      paramLabel = "TEXT",
      description = "What is continued; may be repeated.")
  private List<String> prompts;

  @Option(
      names = "--chat",
      description = "A prompt is what a user says; the model answers, by its chat template.")
  private boolean chat;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Tokens that are written at most (default: ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(
      names = "--sample",
      description = "Draw each token by its probability; the next three imply it.")
  private boolean sample;

  @Option(
      names = "--temperature",
      description = "Below 1 more like the most probable text, above 1 more varied.")
  private Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw from the K most probable tokens alone.")
  private Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the most probable tokens that reach the probability P together.")
  private Double topP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description = "Above 1 makes tokens that came already less likely.")
  private double penalty;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of what is drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private ModelNames names;
  @Mixin private Compute compute;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    output.asked(() -> how(List.of(), 0)); // before a large model is opened
    compute.apply();
    GenerateJob job = GenerateJob.open(names.folder(model, seed, output), adapter);
    boolean stream = !output.json && prompts.size() == 1;
    Generation how = how(job.stopIds(), job.padId());
    Consumer<String> part = stream ? output::write : text -> {};
    if (!chat) {
      part.accept(prompts.get(0));
    }
    GenerateJob.Result result =
        chat ? job.answer(prompts, how, part, seed) : job.write(prompts, how, part, seed);
    print(result, stream);
    return 0;
  }

  private Generation how(List<Long> stopIds, long padId) {
    return new Generation(
        maxNewTokens,
        sample || temperature != null || topK != null || topP != null,
        temperature == null ? 1 : temperature,
        topK == null ? 0 : topK,
        topP == null ? 1 : topP,
        penalty,
        stopIds,
        padId);
  }

  private void print(GenerateJob.Result result, boolean streamed) {
    if (output.json) {
      ObjectNode json = new JsonMapper().createObjectNode();
      ArrayNode texts = json.putArray("texts");
      for (int i = 0; i < prompts.size(); i++) {
        texts.addObject().put("prompt", prompts.get(i)).put("text", result.texts().get(i));
      }
      output.print(json.put("tokens", result.tokens()).put("seconds", result.seconds()));
      return;
    }
    if (streamed) {
      output.println("");
    } else {
      for (int i = 0; i < prompts.size(); i++) {
        output.println((chat ? "" : prompts.get(i)) + result.texts().get(i));
        output.println("");
      }
    }
    output.progress(
        "%d tokens, %.1f a second".formatted(result.tokens(), result.tokens() / result.seconds()));
  }
}
