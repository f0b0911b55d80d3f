package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonLinesTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("t.jsonl"), text);
  }

  @Test
  void arraysBecomeTensors() throws IOException {
    Path file =
        file("{\"x\":[[1,2],[3,4.5]],\"y\":\"b\",\"id\":1}\n\n{\"y\":\"a\",\"x\":[[5,6],[7,8]]}");
    TensorDataset t = JsonLines.read(file, "x", "y", null);
    assertThat(t.input().shape()).containsExactly(2, 2, 2);
    assertThat(t.input().toDoubles()).containsExactly(1, 2, 3, 4.5, 5, 6, 7, 8);
    assertThat(t.target().toLongs()).containsExactly(1, 0);
    assertThat(t.classNames()).containsExactly("a", "b");
    assertThat(JsonLines.fields(file)).containsExactly("x", "y", "id");
    TensorDataset scalars = JsonLines.read(file("{\"x\":1}\n{\"x\":-2}\n"), "x", null, null);
    assertThat(scalars.input().toDoubles()).containsExactly(1, -2);
    assertThat(scalars.target()).isNull();
  }

  @Test
  void textsStayStrings() throws IOException {
    Path file = file("{\"t\":\"Grüße\\n\",\"y\":true}\n{\"t\":\"\",\"y\":false}\n");
    Texts.Columns columns = new Texts.Columns("t", null, "y");
    Texts texts = JsonLines.texts(file, columns, null);
    assertThat(texts.texts()).containsExactly("Grüße\n", "");
    assertThat(texts.classNames()).containsExactly("false", "true");
    assertThat(texts.target().toLongs()).containsExactly(1, 0);
    assertThat(JsonLines.texts(file, columns, List.of("true", "false")).target().toLongs())
        .containsExactly(0, 1);
  }

  private void refused(String text, String said) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> JsonLines.read(file, "x", "y", null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("t.jsonl:2")
        .hasMessageContaining(said);
  }

  @Test
  void errorsNameTheLine() throws IOException {
    String good = "{\"x\":[1,2],\"y\":0}\n";
    refused(good + "{\"x\":[1,2],\"y\":", "");
    refused(good + "{\"x\":[1,2],\"y\":0} {}", "");
    refused(good + "[1,2]", "expected a JSON object, but this is ARRAY");
    refused(good + "{\"x\":[1,2]}", "no field 'y' in [x]");
    refused(good + "{\"x\":[1,2,3],\"y\":0}", "not of the first line's shape [2]");
    refused(good + "{\"x\":1,\"y\":0}", "not of the first line's shape [2]");
    refused(good + "{\"x\":[1,[2]],\"y\":0}", "expected a finite number, but there is [2]");
    refused(good + "{\"x\":[1,\"2\"],\"y\":0}", "expected a finite number");
    refused(good + "{\"x\":[1,1e99],\"y\":0}", "expected a finite number");
    refused(good + "{\"x\":[1,2],\"y\":null}", "not a label but NULL");
    Path file = file("\n{\"t\":3}");
    assertThatThrownBy(() -> JsonLines.texts(file, new Texts.Columns("t", null, null), null))
        .hasMessageContaining("t.jsonl:2: field 't' is not a string but NUMBER");
  }

  @Test
  void otherEncodingsAreRefused() throws IOException {
    Path file = folder.resolve("latin.jsonl");
    Files.write(file, "{\"t\":\"Grüße\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> JsonLines.texts(file, new Texts.Columns("t", null, null), null))
        .hasMessageContaining("latin.jsonl: near line 1: not UTF-8");
  }
}
