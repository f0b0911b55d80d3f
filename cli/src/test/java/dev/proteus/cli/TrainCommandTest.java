package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  @TempDir Path folder;

  /** Points left and right of a line. */
  @BeforeEach
  void writeData() throws IOException {
    Random random = new Random(1);
    Files.createDirectories(folder.resolve("data"));
    for (String part : new String[] {"train", "test"}) {
      StringBuilder csv = new StringBuilder("a,b,label\n");
      for (int i = 0; i < 200; i++) {
        double a = random.nextGaussian();
        double b = random.nextGaussian();
        csv.append(a).append(',').append(b).append(a > b ? ",left\n" : ",right\n");
      }
      Files.writeString(folder.resolve("data").resolve(part + ".csv"), csv);
    }
  }

  private Run train(String... more) {
    String[] start = {
      "train", "--data", folder.resolve("data").toString(), "--out", out(), "--json"
    };
    String[] all = Arrays.copyOf(start, start.length + more.length);
    System.arraycopy(more, 0, all, start.length, more.length);
    return Run.of(all);
  }

  private String out() {
    return folder.resolve("model").toString();
  }

  @Test
  void aTrainedModelIsEvaluatedToTheSameNumbers() throws Exception {
    Run trained = train("--epochs", "20", "--batch-size", "16");
    assertThat(trained.code()).as(trained.err()).isZero();
    JsonNode test = trained.json().get("test");
    assertThat(test.get("accuracy").asDouble()).isGreaterThan(0.85);
    Run evaluated =
        Run.of(
            "evaluate",
            "--model",
            out(),
            "--data",
            folder.resolve("data").toString(),
            "--batch-size",
            "16",
            "--json");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    assertThat(evaluated.json().get("accuracy")).isEqualTo(test.get("accuracy"));
    assertThat(evaluated.json().get("samples").asInt()).isEqualTo(200);
  }

  @Test
  void aLearningRuleIsBuiltByItsId() throws Exception {
    Run run = train("--rule", "mono-forward", "--epochs", "2");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("validation").has("accuracy")).isTrue();
    assertThat(train("--rule", "lamb").code()).isEqualTo(2);
  }

  @Test
  void aMissingFolderIsAnErrorOfOneLine() {
    Run run = Run.of("evaluate", "--model", folder.resolve("nowhere").toString());
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("nowhere").hasLineCount(1);
  }
}
