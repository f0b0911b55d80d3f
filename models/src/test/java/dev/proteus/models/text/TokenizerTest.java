package dev.proteus.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Words alone, between [CLS] and [SEP]. */
  private static final String WORDS =
      """
      {"version": "1.0", "truncation": null, "padding": null,
       "added_tokens": [
        {"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false,
         "normalized": false, "special": true},
        {"id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false,
         "normalized": false, "special": true},
        {"id": 3, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
         "normalized": false, "special": true}],
       "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
       "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
       "decoder": null,
       "model": {"type": "WordLevel", "unk_token": "[UNK]",
        "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "b": 5, "c": 6}}}
      """;

  private static Tokenizer words(String config) throws IOException {
    return Tokenizer.of(WORDS, JSON.readTree(config));
  }

  /** A tokenizer of the words a, b and c. */
  static Tokenizer words() throws IOException {
    return words(PAD);
  }

  private static final String PAD = "{\"pad_token\": {\"content\": \"[PAD]\"}}";

  @Test
  void aBatchIsPaddedToItsLongestText() throws IOException {
    Tokens t = words(PAD).encode(List.of("A b", "c", "d a b"));
    assertThat(t.ids().shape()).containsExactly(3, 5);
    assertThat(t.ids().contiguous().toLongs())
        .containsExactly(2, 4, 5, 3, 0, 2, 6, 3, 0, 0, 2, 1, 4, 5, 3);
    assertThat(t.mask().contiguous().toLongs())
        .containsExactly(1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
    assertThat(t.types().any().item()).isZero();
  }

  @Test
  void pairsHaveTypes() throws IOException {
    Tokens t = words(PAD).encode(List.of("a b", "a"), List.of("c", "c"));
    assertThat(t.ids().contiguous().toLongs()).containsExactly(2, 4, 5, 3, 6, 3, 2, 4, 3, 6, 3, 0);
    assertThat(t.types().contiguous().toLongs())
        .containsExactly(0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0);
    assertThatThrownBy(() -> words(PAD).encode(List.of("a"), List.of("b", "c")))
        .hasMessage("pairs need as many second texts as first ones: 1 and 2");
  }

  @Test
  void longTextsAreCut() throws IOException {
    Tokenizer t = words(PAD).withMaxLength(4);
    assertThat(t.ids("a b c a")).containsExactly(2, 4, 5, 3);
    assertThat(words(PAD).ids("a b c a")).hasSize(6);
    assertThat(words("{\"truncation_side\": \"left\"}").withMaxLength(4).ids("a b c a"))
        .containsExactly(2, 6, 4, 3);
    Tokenizer pair = words(PAD).withMaxLength(6);
    List<String> ab = List.of("a b");
    List<String> cc = List.of("c c c c");
    assertThat(pair.encode(ab, cc).ids().toLongs()).containsExactly(2, 4, 3, 6, 6, 3);
    assertThat(pair.withTruncation(Truncation.ONLY_SECOND).encode(ab, cc).ids().toLongs())
        .containsExactly(2, 4, 5, 3, 6, 3);
    assertThatThrownBy(() -> pair.withTruncation(Truncation.ONLY_FIRST).encode(ab, cc))
        .hasMessage(
            "pair 0 cannot be cut to 6 tokens with ONLY_FIRST: the text to cut is too short");
    assertThatThrownBy(() -> words(PAD).withMaxLength(1).ids("a b"))
        .hasMessageContaining("cannot be cut to 1 tokens");
  }

  @Test
  void paddingMayBeOnTheLeftAndToAFixedLength() throws IOException {
    Tokenizer t = words("{\"pad_token\": \"[PAD]\", \"padding_side\": \"left\"}");
    assertThat(t.withFixedLength(5).encode(List.of("a")).ids().toLongs())
        .containsExactly(0, 0, 2, 4, 3);
    assertThat(t.withFixedLength(5).encode(List.of("a")).mask().toLongs())
        .containsExactly(0, 0, 1, 1, 1);
    assertThat(t.withPaddingOnLeft(false).withFixedLength(5).encode(List.of("a")).ids().toLongs())
        .containsExactly(2, 4, 3, 0, 0);
  }

  @Test
  void withoutAPaddingTokenOneHasToBeChosen() throws IOException {
    Tokenizer t = words("{\"eos_token\": \"[SEP]\"}");
    assertThat(t.encode(List.of("a", "b")).ids().shape()).containsExactly(2, 3);
    assertThatThrownBy(() -> t.encode(List.of("a", "b c"))).hasMessageContaining("withPad(..)");
    assertThat(t.withPad("[SEP]").encode(List.of("a", "b c")).ids().contiguous().toLongs())
        .containsExactly(2, 4, 3, 3, 2, 5, 6, 3);
    assertThatThrownBy(() -> t.withPad("<none>")).hasMessage("no token '<none>' in the vocabulary");
  }

  @Test
  void specialTokensCanBeLeftOutBothWays() throws IOException {
    Tokenizer t = words(PAD);
    assertThat(t.withSpecialTokens(false).ids("a b")).containsExactly(4, 5);
    assertThat(t.decode(new long[] {2, 4, 5, 3})).isEqualTo("a b");
    assertThat(t.decode(new long[] {2, 4, 5, 3}, false)).isEqualTo("[CLS] a b [SEP]");
    assertThat(t.decode(t.encode(List.of("a", "c b")).ids())).containsExactly("a", "c b");
  }

  @Test
  void factsComeFromTheFolder(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> Tokenizer.load(folder)).hasMessageContaining("save_pretrained");
    Files.writeString(folder.resolve("tokenizer.json"), WORDS);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"model_max_length\": 512, \"bos_token\": {\"content\": \"[CLS]\"}}");
    Files.writeString(
        folder.resolve("special_tokens_map.json"),
        "{\"bos_token\": \"a\", \"eos_token\": \"[SEP]\", \"pad_token\": \"[PAD]\"}");
    Tokenizer t = Tokenizer.load(folder);
    assertThat(t.modelMaxLength()).isEqualTo(512);
    assertThat(List.of(t.bos(), t.eos(), t.pad())).containsExactly("[CLS]", "[SEP]", "[PAD]");
    assertThat(t.vocabularySize()).isEqualTo(7);
    assertThat(t.id("[UNK]")).isEqualTo(1);
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    assertThatThrownBy(() -> Tokenizer.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a tokenizer");
  }

  @Test
  void conversationsGoThroughTheTemplate(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> words().chat(List.of(), true))
        .hasMessageContaining("no chat template");
    Files.writeString(folder.resolve("tokenizer.json"), WORDS);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"eos_token\": {\"content\": \"[SEP]\"}, \"add_bos_token\": true, \"chat_template\": \"other\"}");
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{% for m in messages %}\n<{{ m.role }}> {{ m.content }}{{ eos_token }}\n{% endfor %}\n"
            + "{% if add_generation_prompt %}<assistant>{% endif %}");
    List<Message> talk = List.of(new Message("system", "a"), new Message("user", "b c"));
    assertThat(Tokenizer.load(folder).chat(talk, true))
        .isEqualTo("<system> a[SEP]\n<user> b c[SEP]\n<assistant>");
    assertThat(Tokenizer.load(folder).chat(talk, false)).endsWith("c[SEP]\n");
  }
}
