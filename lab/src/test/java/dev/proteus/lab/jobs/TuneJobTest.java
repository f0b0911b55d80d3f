package dev.proteus.lab.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.adapter.Targets;
import dev.proteus.core.data.TextFolder;
import dev.proteus.core.data.Texts;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.models.Model;
import dev.proteus.models.bert.BertConfig;
import dev.proteus.models.bert.BertModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneJobTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WORDS = 24;

  @TempDir private Path folder;
  private Path model;
  private Path output;

  private final TuneJob job = new TuneJob(4, 16, 1e-2, 3e-3, 32, 1);
  private final List<TuneJob.Way> ways =
      List.of(
          new TuneJob.Way("lora", new Lora(4, 8, 0, Targets.of("all-linear"))),
          new TuneJob.Way(TuneJob.FULL, null));

  @BeforeEach
  void tinyBert() throws IOException {
    model = Files.createDirectories(folder.resolve("model"));
    output = Files.createDirectories(folder.resolve("out"));
    BertConfig c =
        new BertConfig(WORDS + 4, 16, 2, 2, 32, "gelu", 0.1, 0.1, 40, 2, 0.2, 1e-12, 0, null, true);
    ObjectNode config = JSON.valueToTree(c);
    config.put("model_type", "bert").putArray("architectures").add("BertModel");
    try (Generator.Use seeded = Generator.seeded(3).use()) {
      new Model(BertModel.bert(c, true), config, null).save(model);
    }
    ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
    tokenizer.putObject("pre_tokenizer").put("type", "Whitespace");
    ObjectNode post = tokenizer.putObject("post_processor").put("type", "BertProcessing");
    post.putArray("sep").add("[SEP]").add(3);
    post.putArray("cls").add("[CLS]").add(2);
    ObjectNode vocab =
        tokenizer
            .putObject("model")
            .put("type", "WordLevel")
            .put("unk_token", "[UNK]")
            .putObject("vocab");
    List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]").forEach(w -> vocab.put(w, vocab.size()));
    for (int i = 0; i < WORDS; i++) {
      vocab.put("w" + i, vocab.size());
    }
    Files.writeString(model.resolve("tokenizer.json"), tokenizer.toString());
    Files.writeString(model.resolve("tokenizer_config.json"), "{\"pad_token\": \"[PAD]\"}");
  }

  /** Each of two classes prefers its half of the words. */
  private static Texts texts(int n, long seed) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    long[] labels = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      StringBuilder text = new StringBuilder();
      for (int w = 0; w < 3 + random.nextInt(6); w++) {
        boolean own = random.nextInt(10) < 9;
        int half = own == (labels[i] == 0) ? 0 : WORDS / 2;
        text.append(" w").append(half + random.nextInt(WORDS / 2));
      }
      texts.add(text.toString());
    }
    return new Texts(texts, null, Tensor.of(labels, n), List.of("first", "second"));
  }

  private final TextFolder.Parts parts =
      new TextFolder.Parts(texts(256, 1), texts(64, 2), texts(128, 3));

  private TuneJob.Result run(TuneJob.Listener listener) throws IOException {
    return job.run(model, parts, ways, output, listener);
  }

  private TuneJob.Result run() throws IOException {
    return run(way -> new TrainingListener() {});
  }

  @Test
  void everyWayLearnsAndSavedAdaptersPredictTheSame() throws IOException {
    TuneJob.Result result = run();
    assertThat(result.rows())
        .extracting(TuneJob.Row::name)
        .containsExactly(TuneJob.BASELINE, "lora", TuneJob.FULL);
    double frozen = result.rows().get(0).accuracy();
    assertThat(frozen).isGreaterThan(0.55);
    assertThat(result.rows().subList(1, 3)).allMatch(r -> r.accuracy() > frozen);
    assertThat(result.rows()).allMatch(r -> r.seconds() > 0);
    TuneJob.Row lora = result.rows().get(1);
    TuneJob.Row full = result.rows().get(2);
    assertThat(lora.reloaded()).isEqualTo(new TuneJob.Reloaded(128, 128, 0));
    // the pooler (16 x 16 + 16) and the classifier (16 x 2 + 2) are trained along as a whole
    assertThat(lora.trainable()).isEqualTo(306 + loraParameters());
    assertThat(full.trainable()).isGreaterThan(lora.trainable());
    assertThat(Path.of(lora.saved()).resolve("adapter_model.safetensors")).exists();
    Model saved = Model.load(Path.of(full.saved()));
    assertThat(saved.labels()).containsExactly("first", "second");
    assertThat(output.resolve("unfinished.json")).doesNotExist();
    assertThat(output.resolve("lora/training.safetensors")).doesNotExist();
  }

  /** Rank 4 on query, key, value and output, 16 to 16, and on 16 to 32 and back; two blocks. */
  private static long loraParameters() {
    return 2 * (4 * 4 * (16 + 16) + 2 * 4 * (16 + 32));
  }

  @Test
  void aJobThatWasCutOffGoesOnToTheSameEnd() throws IOException {
    TuneJob.Result whole = run();
    UncheckedIOException cut = new UncheckedIOException(new IOException("cut off"));
    List<String> trained = new ArrayList<>();
    TuneJob.Listener stopping =
        way ->
            new TrainingListener() {
              @Override
              public void stepped(long step, double loss) {
                if (way.equals(TuneJob.FULL) && step == 40) {
                  throw cut;
                }
              }
            };
    assertThatThrownBy(() -> run(stopping)).isSameAs(cut);
    assertThatThrownBy(
            () ->
                new TuneJob(5, 16, 1e-2, 3e-3, 32, 1)
                    .run(model, parts, ways, output, way -> new TrainingListener() {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("an unfinished job with other settings");
    TuneJob.Result resumed =
        run(
            way -> {
              trained.add(way);
              return new TrainingListener() {};
            });
    assertThat(trained).containsExactly(TuneJob.FULL);
    for (int i = 0; i < 3; i++) {
      assertThat(resumed.rows().get(i).accuracy()).isEqualTo(whole.rows().get(i).accuracy());
      assertThat(resumed.rows().get(i).macroF1())
          .isCloseTo(whole.rows().get(i).macroF1(), within(1e-12));
    }
    assertThat(resumed.rows().get(2).seconds()).isNull();
  }

  @Test
  void missingPartsAreHeldOut() throws IOException {
    TextFolder.Parts alone = new TextFolder.Parts(texts(100, 1), null, null);
    TuneJob.Result result =
        new TuneJob(1, 16, 1e-2, 3e-3, 32, 1)
            .run(model, alone, ways.subList(0, 1), output, way -> new TrainingListener() {});
    assertThat(result.test()).isEqualTo(20);
    assertThat(result.validation()).isEqualTo(8);
    assertThat(result.train()).isEqualTo(72);
    TextFolder.Parts values =
        new TextFolder.Parts(
            new Texts(List.of("w1"), null, Tensor.of(new float[] {1}, 1), List.of()), null, null);
    assertThatThrownBy(() -> job.run(model, values, ways, output, way -> null))
        .hasMessageContaining("the labels are no classes");
  }
}
