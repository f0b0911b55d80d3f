package dev.proteus.lab.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
  private final Table table =
      new Table("method", "accuracy", "samples/s", "n")
          .row("source", Spread.of(List.of(0.5, 0.6, 0.7)), 1234.5678, 3)
          .row("alpha|bn", Spread.of(List.of(0.75)), 98.7, 10)
          .row("none", null, 0.0, null);

  @Test
  void alignsColumns() {
    assertThat(table.text())
        .isEqualTo(
            """
            method           accuracy  samples/s   n
            --------  ---------------  ---------  --
            source    0.6000 ± 0.1000       1235   3
            alpha|bn  0.7500 ± 0.0000         99  10
            none                               0
            """);
  }

  @Test
  void isMarkdown() {
    assertThat(table.markdown().lines())
        .startsWith("| method | accuracy | samples/s | n |", "| --- | --: | --: | --: |")
        .contains("| alpha\\|bn | 0.7500 ± 0.0000 | 99 | 10 |");
  }

  @Test
  void isJsonWithAllDigits() {
    assertThat(table.json().get(0))
        .hasToString(
            "{\"method\":\"source\",\"accuracy\":{\"mean\":0.6,\"std\":0.09999999999999998},"
                + "\"samples/s\":1234.5678,\"n\":3}");
    assertThat(table.json().get(2).get("accuracy").isNull()).isTrue();
    assertThat(new Table("x").row(Double.NaN).json()).hasToString("[{\"x\":null}]");
  }

  @Test
  void aSmallNumberDoesNotVanish() {
    assertThat(new Table("x").row(1.0).row(2e-6).row(-0.25).row(0.0).formatted())
        .containsExactly(List.of("1.000"), List.of("2.0e-06"), List.of("-0.250"), List.of("0.000"));
  }

  @Test
  void refusesARowOfAnotherLength() {
    assertThatThrownBy(() -> table.row("a", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The table has the columns [method, accuracy, samples/s, n], but the row is [a, 1]");
  }
}
