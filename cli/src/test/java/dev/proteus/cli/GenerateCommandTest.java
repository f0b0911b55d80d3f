package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.lab.jobs.SmallLm;
import dev.proteus.models.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
  @TempDir static Path folder;

  @BeforeAll
  static void makeModel() throws IOException {
    new SmallLm(SmallLm.Architecture.LLAMA, 1, 16, 2, 64).fresh(1).save(folder);
    ByteTokenizer.save(folder);
  }

  private static Run generate(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "generate";
    all[1] = "--model";
    all[2] = folder.toString();
    System.arraycopy(more, 0, all, 3, more.length);
    return Run.of(all);
  }

  @Test
  void aTextIsThePromptAndWhatFollows() throws Exception {
    Run run = generate("--prompt", "ab", "--max-new-tokens", "5");
    assertThat(run.code()).as(run.err()).isZero();
    Run json = generate("--prompt", "ab", "--max-new-tokens", "5", "--json");
    assertThat(json.json().get("tokens").asInt()).isEqualTo(5);
    assertThat(run.out())
        .isEqualToNormalizingNewlines("ab" + json.json().at("/texts/0/text").asText() + "\n");
    assertThat(run.err()).contains("5 tokens, ");
  }

  @Test
  void samplingDependsOnTheSeed() throws Exception {
    String[] sampled = {"--prompt", "ab", "--prompt", "c", "--temperature", "2", "--json"};
    Run first = generate(sampled);
    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.json().get("texts").size()).isEqualTo(2);
    assertThat(generate(sampled).json().get("texts")).isEqualTo(first.json().get("texts"));
    Run other =
        generate("--prompt", "ab", "--prompt", "c", "--temperature", "2", "--json", "--seed", "2");
    assertThat(other.json().get("texts")).isNotEqualTo(first.json().get("texts"));
  }

  @Test
  void aConversationIsWrittenByTheTemplate() throws Exception {
    assertThat(generate("--chat", "--prompt", "a").err()).contains("no chat template");
    Path template = folder.resolve("chat_template.jinja");
    Files.writeString(
        template,
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}");
    Run chat = generate("--chat", "--prompt", "hi", "--max-new-tokens", "6", "--json");
    assertThat(chat.code()).as(chat.err()).isZero();
    Run whole = generate("--prompt", "<user>hi<assistant>", "--max-new-tokens", "6", "--json");
    assertThat(chat.json().at("/texts/0/text")).isEqualTo(whole.json().at("/texts/0/text"));
    assertThat(generate("--chat", "--prompt", "hi", "--max-new-tokens", "6").out())
        .isEqualToNormalizingNewlines(chat.json().at("/texts/0/text").asText() + "\n");
    Files.delete(template);
  }

  @Test
  void wrongSettingsAreUsageErrors() {
    Run run = generate("--prompt", "a", "--top-p", "1.5");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("topP must be in (0, 1], but is 1.5");
    assertThat(generate("--prompt", "").err()).contains("a prompt is empty");
  }
}
