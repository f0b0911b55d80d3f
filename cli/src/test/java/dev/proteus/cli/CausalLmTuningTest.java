package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CausalLmTuningTest {
  @TempDir Path folder;

  private Run tune(String... more) throws IOException {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, "ab ba ab\n".repeat(200));
    List<String> args = new ArrayList<>(List.of("tune", "--task", "causal-lm"));
    args.addAll(List.of("--data", text.toString(), "--max-length", "16", "--epochs", "2"));
    args.addAll(List.of("--batch-size", "4", "--lr", "0.01"));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  private String out(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void aNetworkLearnsFromScratchThenAsAFolderThenByAnAdapter() throws IOException {
    String[] small = {"--layers", "1", "--width", "16", "--heads", "2", "--output", out("base")};
    Run run = tune(concat(small, "--architecture", "llama", "--json"));
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("after").asDouble()).isLessThan(json.get("before").asDouble() / 5);
    assertThat(json.get("context").asInt()).isEqualTo(16);
    assertThat(run.err()).contains("epoch 2 of 2: loss");

    Run full = tune("--model", out("base"), "--method", "full", "--output", out("full"), "--json");
    assertThat(full.code()).as(full.err()).isZero();
    assertThat(full.json().get("before").asDouble()).isEqualTo(json.get("after").asDouble());
    assertThat(folder.resolve("full/tokenizer.json"))
        .hasSameTextualContentAs(folder.resolve("base/tokenizer.json"));

    Run lora = tune("--model", out("base"), "--output", out("lora"));
    assertThat(lora.code()).as(lora.err()).isZero();
    assertThat(lora.out())
        .contains("perplexity on the last tenth of the text")
        .contains("proteus generate --model " + out("base") + " --adapter " + out("lora"));
    Run written =
        Run.of(
            "generate",
            "--model",
            out("base"),
            "--adapter",
            out("lora"),
            "--prompt",
            "ab ba ab\n",
            "--max-new-tokens",
            "3");
    assertThat(written.code()).as(written.err()).isZero();
  }

  private static String[] concat(String[] first, String... more) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void whatMakesNoSenseIsRefusedWithTheReason() throws IOException {
    Run adapter = tune("--method", "lora");
    assertThat(adapter.code()).isEqualTo(2);
    assertThat(adapter.err()).contains("an adapter needs a trained network");
    Run width = tune("--width", "30");
    assertThat(width.code()).isEqualTo(2);
    assertThat(width.err()).contains("multiple of twice the heads");
    Run missing =
        Run.of("tune", "--task", "causal-lm", "--data", "no-such.txt", "--output", out("x"));
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err()).contains("no-such.txt");
  }
}
