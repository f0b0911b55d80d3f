package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;

class DataCommandTest {
  @Test
  void listsTheBundledDataWithTheirSizes() throws Exception {
    JsonNode array = Run.of("data", "list", "--json").json();
    assertThat(array)
        .extracting(d -> d.get("name").asText())
        .containsExactly("digits", "fashion-mnist", "fashion-mnist-full");
    assertThat(array.get(0).get("train").asInt() + array.get(0).get("test").asInt())
        .isEqualTo(1797);
    assertThat(array.get(1).get("train").asInt()).isEqualTo(10_000);
    assertThat(array.get(1).get("sample").toString()).isEqualTo("[1,28,28]");
    assertThat(Run.of("data", "list").out()).contains("fashion-mnist", "10000", "bundled");
  }

  @Test
  void onlyTheFullSetIsFetched() {
    Run bundled = Run.of("data", "fetch", "digits");
    assertThat(bundled.code()).isEqualTo(2);
    assertThat(bundled.err()).contains("bundled");
    Run unknown = Run.of("data", "fetch", "imagenet");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("'imagenet'").contains("fashion-mnist-full");
    assertThat(Run.of("data").code()).isEqualTo(2);
  }
}
