package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFolderTest {
  private static final Texts.Columns GUESSED = new Texts.Columns(null, null, null);

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void aTableMayBeAloneAndItsColumnsAreFound() throws IOException {
    Path file = file("a.csv", "label,id,text\nx,1,\"one, two\"\ny,2, three \nx,3,\"\"\n");
    Texts t = TextFolder.open(file, GUESSED).train();
    assertThat(t.texts()).containsExactly("one, two", " three ", "");
    assertThat(t.pairs()).isNull();
    assertThat(t.classNames()).containsExactly("x", "y");
    assertThat(t.target().toLongs()).containsExactly(0, 1, 0);
    assertThat(TextFolder.open(folder, GUESSED).train().texts()).isEqualTo(t.texts());
    assertThat(TextFolder.open(folder, GUESSED).test()).isNull();
    assertThatThrownBy(() -> TextFolder.open(file, new Texts.Columns("body", null, null)))
        .hasMessageEndingWith("no column 'body' in the header [label, id, text]");
  }

  @Test
  void pairsAndPartsAreRead() throws IOException {
    file("train.jsonl", "{\"q\":\"a\",\"p\":\"b\",\"y\":3}\n{\"q\":\"c\",\"p\":\"d\",\"y\":1}\n");
    file("test.csv", "q,p,y\ne,f,3\n");
    TextFolder.Parts parts = TextFolder.open(folder, new Texts.Columns("q", "p", "y"));
    assertThat(parts.train().pairs()).containsExactly("b", "d");
    assertThat(parts.train().classNames()).containsExactly("1", "3");
    assertThat(parts.train().target().toLongs()).containsExactly(1, 0);
    assertThat(parts.validation()).isNull();
    assertThat(parts.test().pairs()).containsExactly("f");
    assertThat(parts.test().target().toLongs()).containsExactly(1);
    file("test.csv", "q,p,y\ne,f,2\n");
    assertThatThrownBy(() -> TextFolder.open(folder, new Texts.Columns("q", "p", "y")))
        .hasMessageContaining("test.csv:2: label '2' is none of the classes [1, 3]");
  }

  @Test
  void foldersAreClasses() throws IOException {
    file("train/pos/1.txt", "good\n");
    file("train/pos/2.txt", "better");
    file("train/neg/1.txt", "bad");
    file("train/neg/read.me", "no text");
    file("validation/pos/1.txt", "best");
    TextFolder.Parts parts = TextFolder.open(folder, GUESSED);
    assertThat(parts.train().texts()).containsExactly("bad", "good\n", "better");
    assertThat(parts.train().target().toLongs()).containsExactly(0, 1, 1);
    assertThat(parts.validation().target().toLongs()).containsExactly(1);
    assertThat(TextFolder.open(folder.resolve("train"), GUESSED).train().classNames())
        .containsExactly("neg", "pos");
    file("validation/other/1.txt", "?");
    assertThatThrownBy(() -> TextFolder.open(folder, GUESSED))
        .hasMessageContaining("none of the classes [neg, pos]");
  }

  @Test
  void errorsSayWhatWasExpected() throws IOException {
    assertThatThrownBy(() -> TextFolder.open(folder, GUESSED))
        .hasMessageContaining("expected train.csv");
    assertThatThrownBy(() -> TextFolder.open(folder.resolve("none"), GUESSED))
        .hasMessageContaining("no such file or folder");
    Path file = file("a.tsv", "x\ty");
    assertThatThrownBy(() -> TextFolder.open(file, GUESSED))
        .hasMessageContaining("expected a .csv or .jsonl file");
    Path csv = file("b.csv", "one,two\n1,2\n");
    assertThatThrownBy(() -> TextFolder.open(csv, GUESSED))
        .hasMessageContaining("no column of texts (name it)");
    file("c.csv", "text,label\n1,2\n");
    assertThatThrownBy(() -> TextFolder.open(folder, GUESSED))
        .hasMessageContaining("Name it train");
  }
}
