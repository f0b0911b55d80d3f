package dev.proteus.lab.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.adapter.Adapters;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Model;
import dev.proteus.models.text.CausalLm;
import dev.proteus.models.text.Generation;
import dev.proteus.models.text.Message;
import dev.proteus.models.text.TextStream;
import dev.proteus.models.text.Tokenizer;
import dev.proteus.models.text.Tokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A language model that writes: a folder's network and tokenizer, and what ends a text.
 *
 * @param net writes
 * @param tokenizer pads on the left
 * @param stopIds tokens that end a text
 * @param padId what follows the end
 */
public record GenerateJob(CausalLm net, Tokenizer tokenizer, List<Long> stopIds, long padId) {
  /**
   * What was written.
   *
   * @param texts one for each prompt, without it
   * @param tokens written in all, those after the end of a text not counted
   * @param seconds for all of them, prompts included
   */
  public record Result(List<String> texts, long tokens, double seconds) {}

  /**
   * Opens a folder.
   *
   * @param adapter a folder of PEFT's format whose adapter is put on the network; null for none
   * @throws IOException if the folder has no tokenizer, or its network writes no text
   */
  public static GenerateJob open(Path folder, Path adapter) throws IOException {
    Model model = Model.load(folder);
    if (!(model.net() instanceof CausalLm net)) {
      throw new IOException(
          folder
              + ": "
              + model.config().path("architectures").path(0).asText("its network")
              + " writes no text; GPT2LMHeadModel and LlamaForCausalLM do");
    }
    if (adapter != null) {
      Lora.load(model.net(), Adapters.DEFAULT, adapter);
      model.net().eval();
    }
    Tokenizer t = Tokenizer.load(folder).withPaddingOnLeft(true);
    List<Long> stops = stopIds(folder, model.config(), t);
    String pad = t.pad() == null ? t.eos() : t.pad();
    return new GenerateJob(
        net,
        pad == null ? t : t.withPad(pad),
        stops,
        pad == null ? model.config().path("pad_token_id").asLong(0) : t.id(pad));
  }

  private static List<Long> stopIds(Path folder, JsonNode config, Tokenizer tokenizer)
      throws IOException {
    Path file = folder.resolve("generation_config.json");
    List<Long> ids = new ArrayList<>();
    if (Files.exists(file)) {
      addIds(new ObjectMapper().readTree(file.toFile()).path("eos_token_id"), ids);
    }
    if (ids.isEmpty()) {
      addIds(config.path("eos_token_id"), ids);
    }
    if (ids.isEmpty() && tokenizer.eos() != null) {
      ids.add(tokenizer.id(tokenizer.eos()));
    }
    return ids;
  }

  private static void addIds(JsonNode oneOrMore, List<Long> to) {
    if (oneOrMore.isArray()) {
      oneOrMore.forEach(id -> to.add(id.asLong()));
    } else if (oneOrMore.isNumber()) {
      to.add(oneOrMore.asLong());
    }
  }

  /**
   * Continues prompts, all of them together.
   *
   * @param how with {@link #stopIds} and {@link #padId}
   * @param stream hears the first prompt's text as it is written
   * @param seed of what is drawn
   * @throws IllegalArgumentException if a prompt has no token
   */
  public Result write(List<String> prompts, Generation how, Consumer<String> stream, long seed) {
    return write(tokenizer, prompts, how, stream, seed);
  }

  /**
   * Answers users, each in a conversation of its own.
   *
   * @param said what each of them said
   * @throws IllegalStateException if the folder has no chat template
   */
  public Result answer(List<String> said, Generation how, Consumer<String> stream, long seed) {
    List<String> prompts =
        said.stream().map(s -> tokenizer.chat(List.of(new Message("user", s)), true)).toList();
    return write(tokenizer.withSpecialTokens(false), prompts, how, stream, seed);
  }

  private Result write(
      Tokenizer tokenizer,
      List<String> prompts,
      Generation how,
      Consumer<String> stream,
      long seed) {
    try (Scope scope = Scope.open();
        Generator.Use run = Generator.seeded(seed).use()) {
      Tokens tokens = tokenizer.encode(prompts);
      if (tokens.mask().sum(1).amin().itemLong() == 0) {
        throw new IllegalArgumentException("a prompt is empty: there is nothing to continue");
      }
      TextStream first = new TextStream(tokenizer);
      long start = System.nanoTime();
      Tensor ids =
          how.generate(
              net,
              tokens,
              next -> {
                String text = first.add(next[0]);
                if (!text.isEmpty()) {
                  stream.accept(text);
                }
              });
      double seconds = (System.nanoTime() - start) / 1e9;
      String rest = first.end();
      if (!rest.isEmpty()) {
        stream.accept(rest);
      }
      List<String> texts = new ArrayList<>();
      long written = 0;
      for (int b = 0; b < prompts.size(); b++) {
        long[] row = untilStop(ids.get(b).toLongs());
        written += row.length;
        texts.add(tokenizer.decode(row));
      }
      return new Result(texts, written, seconds);
    }
  }

  /** A row up to its stop token, that one included. */
  private long[] untilStop(long[] row) {
    for (int i = 0; i < row.length; i++) {
      if (stopIds.contains(row[i])) {
        return Arrays.copyOf(row, i + 1);
      }
    }
    return row;
  }
}
