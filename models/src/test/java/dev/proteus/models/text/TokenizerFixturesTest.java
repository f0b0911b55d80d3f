package dev.proteus.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Equal to Python's tokenizers and transformers on 1,000 varied texts. */
class TokenizerFixturesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FOLDER = "/fixtures/tokenizers/";
  private static final JsonNode FIXTURE = fixture();

  private static JsonNode fixture() {
    try (InputStream in = new GZIPInputStream(resource(FOLDER + "texts.json.gz"))) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InputStream resource(String name) {
    return TokenizerFixturesTest.class.getResourceAsStream(name);
  }

  private static Tokenizer tokenizer(String name) throws IOException {
    String file =
        name.equals("minilm") ? "/all-minilm-l6-v2-tokenizer.json" : FOLDER + name + ".json";
    String pad =
        switch (name) {
          case "bpe" -> "<|endoftext|>";
          case "unigram" -> "<pad>";
          default -> "[PAD]";
        };
    try (InputStream in = resource(file)) {
      String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Tokenizer.of(json, JSON.createObjectNode()).withPad(pad);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"minilm", "bpe", "unigram"})
  void idsAreThoseOfPython(String name) throws IOException {
    List<String> texts = texts(FIXTURE.get("texts"));
    List<long[]> ids = tokenizer(name).ids(texts);
    assertThat(texts).hasSize(1000);
    for (int i = 0; i < texts.size(); i++) {
      assertThat(ids.get(i)).as(texts.get(i)).isEqualTo(longs(FIXTURE.get("ids").get(name).get(i)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"minilm", "bpe", "unigram"})
  void decodingIsThatOfPython(String name) throws IOException {
    Tokenizer tokenizer = tokenizer(name);
    JsonNode decoded = FIXTURE.get("decoded").get(name);
    for (int i = 0; i < decoded.size(); i++) {
      long[] ids = longs(FIXTURE.get("ids").get(name).get(i));
      assertThat(tokenizer.decode(ids)).isEqualTo(decoded.get(i).asText());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"minilm", "bpe", "unigram"})
  void batchesAreThoseOfTransformers(String name) throws IOException {
    for (JsonNode batch : FIXTURE.get("batches").get(name)) {
      Tokenizer tokenizer = with(tokenizer(name), batch.get("options"));
      List<String> first = texts(batch.get("first"));
      Tokens tokens =
          batch.get("second").isNull()
              ? tokenizer.encode(first)
              : tokenizer.encode(first, texts(batch.get("second")));
      String what = batch.get("options").toString();
      assertThat(rows(tokens.ids())).as(what).isEqualTo(rows(batch.get("ids")));
      assertThat(rows(tokens.mask())).as(what).isEqualTo(rows(batch.get("mask")));
      assertThat(rows(tokens.types())).as(what).isEqualTo(rows(batch.get("types")));
    }
  }

  private static Tokenizer with(Tokenizer t, JsonNode options) {
    int length = options.path("max_length").asInt(0);
    String truncation = options.path("truncation").asText("longest_first");
    return (options.get("padding").asText().equals("max_length")
            ? t.withFixedLength(length)
            : t.withMaxLength(length))
        .withTruncation(Truncation.valueOf(truncation.toUpperCase(Locale.ROOT)))
        .withPaddingOnLeft(options.path("padding_side").asText().equals("left"))
        .withSpecialTokens(options.path("add_special_tokens").asBoolean(true));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(t -> texts.add(t.asText()));
    return texts;
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  private static List<List<Long>> rows(JsonNode array) {
    List<List<Long>> rows = new ArrayList<>();
    for (JsonNode row : array) {
      rows.add(Arrays.stream(longs(row)).boxed().toList());
    }
    return rows;
  }

  private static List<List<Long>> rows(Tensor t) {
    int length = (int) t.size(1);
    List<List<Long>> rows = new ArrayList<>();
    for (int i = 0; i < t.size(0); i++) {
      rows.add(Arrays.stream(t.select(0, i).contiguous().toLongs()).boxed().toList());
      assertThat(rows.get(i)).hasSize(length);
    }
    return rows;
  }
}
