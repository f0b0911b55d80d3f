package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.models.Model;
import dev.proteus.models.bert.BertConfig;
import dev.proteus.models.bert.BertModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  /** A fresh BERT of a few words and a table of forty texts: quick, and nothing to learn. */
  private Run tune(String... more) throws IOException {
    Path model = Files.createDirectories(folder.resolve("model"));
    BertConfig c =
        new BertConfig(6, 8, 1, 2, 16, "gelu", 0.1, 0.1, 16, 2, 0.2, 1e-12, 0, null, true);
    ObjectNode config = JSON.valueToTree(c);
    config.put("model_type", "bert").putArray("architectures").add("BertModel");
    try (Generator.Use seeded = Generator.seeded(1).use()) {
      new Model(BertModel.bert(c, true), config, null).save(model);
    }
    Files.writeString(
        model.resolve("tokenizer.json"),
        """
        {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"},
         "model": {"type": "WordLevel", "unk_token": "?",
          "vocab": {"[PAD]": 0, "?": 1, "good": 2, "bad": 3, "very": 4, "not": 5}}}
        """);
    Files.writeString(
        model.resolve("tokenizer_config.json"),
        "{\"pad_token\": \"[PAD]\", \"model_max_length\": 16}");
    StringBuilder table = new StringBuilder("stars,review\n");
    for (int i = 0; i < 40; i++) {
      table.append(i % 2 == 0 ? "5,very good" : "1,\"bad, not good\"").append('\n');
    }
    Path data = Files.writeString(folder.resolve("reviews.csv"), table.toString());
    List<String> args =
        new ArrayList<>(List.of("tune", "--model", model.toString(), "--data", data.toString()));
    args.addAll(List.of("--text-column", "review"));
    args.addAll(List.of("--output", folder.resolve("out").toString()));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  @Test
  void comparesTheWaysThatAreAskedFor() throws IOException {
    Path page = folder.resolve("report.html");
    Run run =
        tune(
            "--label-column",
            "stars",
            "--epochs",
            "2",
            "--method",
            "lora",
            "rank=2",
            "--method",
            "full",
            "--html",
            page.toString(),
            "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("rows"))
        .extracting(r -> r.get("name").asText())
        .containsExactly("frozen features", "lora rank=2", "full");
    assertThat(json.get("train").asInt() + json.get("validation").asInt()).isEqualTo(32);
    assertThat(json.get("test").asInt()).isEqualTo(8);
    JsonNode lora = json.at("/rows/1");
    assertThat(lora.at("/reloaded/same").asInt()).isEqualTo(8);
    assertThat(Path.of(lora.get("saved").asText()).resolve("adapter_config.json")).exists();
    assertThat(Files.readString(page)).contains("Fine-tuning on texts").contains("lora rank=2");
    assertThat(run.err()).contains("lora rank=2, epoch 2 of 2: loss");
  }

  @Test
  void theTableNamesWaysAndCosts() throws IOException {
    Run run = tune("--label-column", "stars", "--method", "lora", "targets=query,value");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("test accuracy", "macro F1", "trainable parameters", "peak memory, MB")
        .contains("lora targets=query,value, saved to")
        .contains("8 of 8 texts get the same class")
        .doesNotContain("full");
  }

  @Test
  void whatDoesNotFitIsRefusedByName() throws IOException {
    assertThat(tune("--method", "lora", "rank=0").err()).contains("rank");
    assertThat(tune("--method", "alpha-bn-core").code()).isEqualTo(2);
    assertThat(tune("--task", "poetry").err()).contains("--task");
    assertThat(tune("--label-column", "rating").err())
        .contains("no column 'rating' in the header [stars, review]");
    assertThat(tune("--epochs", "0").code()).isEqualTo(2);
  }
}
