package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTest {
  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("t.csv"), text);
  }

  @Test
  void quotedCellsAndWordsAsClasses() throws IOException {
    Path file =
        file("\uFEFFa,\"b, or c\",kind\r\n1,\"2.5\",dog\r\n\r\n-3e2, 4 ,\"big \"\"cat\"\"\"\r\n");
    TensorDataset t = Csv.read(file, "kind");
    assertThat(Csv.columns(file)).containsExactly("a", "b, or c", "kind");
    assertThat(t.input().shape()).containsExactly(2, 2);
    assertThat(t.input().toDoubles()).containsExactly(1, 2.5, -300, 4);
    assertThat(t.classNames()).containsExactly("big \"cat\"", "dog");
    assertThat(t.target().toLongs()).containsExactly(1, 0);
  }

  @Test
  void wholeNumbersAreClassesInTheirOrderOthersValues() throws IOException {
    TensorDataset classes = Csv.read(file("y,a\n10,1\n9,2\n10,3\n"), "y");
    assertThat(classes.classNames()).containsExactly("9", "10");
    assertThat(classes.target().toLongs()).containsExactly(1, 0, 1);
    TensorDataset values = Csv.read(file("a,y\n1,0.5\n2,3\n"), "y");
    assertThat(values.classes()).isZero();
    assertThat(values.target().dtype()).isEqualTo(DType.FLOAT32);
    assertThat(values.target().toDoubles()).containsExactly(0.5, 3);
    TensorDataset unlabelled = Csv.read(file("a,b\n1,0.5\n"), null);
    assertThat(unlabelled.target()).isNull();
    assertThat(unlabelled.input().shape()).containsExactly(1, 2);
    assertThat(Csv.read(file("a,y\n"), "y").size()).isZero();
  }

  @Test
  void knownClassesKeepTheirNumbers() throws IOException {
    Path file = file("a,y\n1,b\n2,b\n");
    assertThat(Csv.read(file, "y", List.of("a", "b", "c")).target().toLongs())
        .containsExactly(1, 1);
    assertThatThrownBy(() -> Csv.read(file, "y", List.of("a")))
        .hasMessageContaining("t.csv:2: label 'b' is none of the classes [a]");
  }

  private void refused(String text, String said) throws IOException {
    Path file = file(text);
    assertThatThrownBy(() -> Csv.read(file, "y"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("t.csv")
        .hasMessageContaining(said);
  }

  @Test
  void errorsNameTheLine() throws IOException {
    refused("", "empty; expected a header line");
    refused("a;y\n1;2\n", "no column 'y' in the header [a;y]; is the separator a comma?");
    refused("a,y\n1,x\n2\n", "t.csv:3: 1 cells, but the header has 2");
    refused("a,y\n1,x\n2,x,3\n", "t.csv:3: 3 cells, but the header has 2");
    refused("a,y\n1,x\n\"two\nlines\",x\n", "t.csv:3: column 'a': 'two\nlines'");
    refused("a,y\n\"1\",\"multi\nline\"\n,x\n", "t.csv:4: column 'a': '' is not a finite number");
    refused("a,y\nNaN,x\n", "t.csv:2: column 'a': 'NaN' is not a finite number");
    refused("a,y\n1e99,x\n", "'1e99' is not a finite number");
    refused("a,y\n\"1,x\n", "t.csv:");
  }

  @Test
  void manyRowsFit() throws IOException {
    StringBuilder text = new StringBuilder("a,y,b\n");
    for (int i = 0; i < 5000; i++) {
      text.append(i).append(',').append(i % 3).append(',').append(2 * i).append('\n');
    }
    TensorDataset t = Csv.read(file(text.toString()), "y");
    assertThat(t.input().get(4999).toDoubles()).containsExactly(4999, 9998);
    assertThat(t.target().get(4999).itemLong()).isEqualTo(1);
  }
}
