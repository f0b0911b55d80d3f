package dev.proteus.lab.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final String HOSTILE = "</script><script>alert('x')</script>\"&<img src=x>";

  @TempDir Path folder;

  @Test
  void escapesEveryText() {
    String page =
        Report.page(HOSTILE)
            .section(HOSTILE)
            .text(HOSTILE)
            .table(HOSTILE, new Table(HOSTILE).row(HOSTILE))
            .heat(HOSTILE, new Table(HOSTILE, "n").row(HOSTILE, 1.0))
            .bars(
                HOSTILE,
                HOSTILE,
                List.of(HOSTILE),
                Map.of(HOSTILE, List.of(Spread.of(List.of(1.0)))))
            .lines(HOSTILE, HOSTILE, HOSTILE, Map.of(HOSTILE, List.of(point(1, 2))))
            .html();
    assertThat(page).doesNotContain("<script>alert", "<img");
    assertThat(page.split("<script", -1)).as("two charts and the page's own").hasSize(4);
  }

  @Test
  void needsNoNetwork() throws IOException {
    Path file = folder.resolve("new/page.html");
    Report.page("Page").lines("c", "x", "y", Map.of("a", List.of(point(1, 2)))).write(file);
    assertThat(Files.readString(file))
        .contains("default-src 'none'")
        .contains("Chart.js v4.5.1")
        .doesNotContainPattern("(src|href)=");
    assertThat(Report.page("Page").html()).as("no chart, no library").doesNotContain("Chart.js");
  }

  @Test
  void barsHaveTheirSpread() throws IOException {
    String page =
        Report.page("Page")
            .bars(
                "Accuracy",
                "accuracy",
                List.of("fog", "snow"),
                Map.of("source", List.of(Spread.of(List.of(0.2, 0.4)), Spread.of(List.of(0.5)))))
            .html();
    JsonNode set = chart(page).get("datasets").get(0);
    assertThat(set.get("data")).hasToString("[0.30000000000000004,0.5]");
    assertThat(set.get("low")).hasToString("[0.2,0.5]");
    assertThat(set.get("high")).hasToString("[0.4,0.5]");
    assertThat(page).contains(">0.3000 ± 0.1414</td>");
  }

  @Test
  void aGapOfACurveStaysAGap() throws IOException {
    String page =
        Report.page("Page")
            .lines("c", "x", "y", Map.of("a", List.of(point(1, 2), point(2, Double.NaN))))
            .html();
    assertThat(chart(page).get("datasets").get(0).get("data"))
        .hasToString("[{\"x\":1,\"y\":2.0},{\"x\":2,\"y\":null}]");
  }

  @Test
  void heatSpansTheTable() {
    Table table = new Table("", "a", "b").row("r", 0.0, 0.5).row("s", 1.0, Double.NaN);
    assertThat(Report.page("Page").heat("c", table).html())
        .contains("--heat:0%", "--heat:35%", "--heat:70%")
        .containsPattern("<td class=\"n\">NaN</td>");
  }

  @Test
  void refusesBarsWithoutAGroup() {
    assertThatThrownBy(
            () -> Report.page("p").bars("c", "y", List.of("a", "b"), Map.of("s", List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Bars of 's' have 0 values for the 2 groups [a, b]");
  }

  private static JsonNode chart(String page) throws IOException {
    Matcher json = Pattern.compile("application/json\">(.*?)</script>").matcher(page);
    assertThat(json.find()).isTrue();
    return new ObjectMapper().readTree(json.group(1));
  }

  private static RunStore.Point point(long step, double value) {
    return new RunStore.Point(step, value);
  }
}
