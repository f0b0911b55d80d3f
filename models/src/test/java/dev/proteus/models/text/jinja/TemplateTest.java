package dev.proteus.models.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TemplateTest {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_LONG_FOR_INTS).build();

  private static Map<String, Object> map(JsonNode node) {
    return JSON.convertValue(node, new TypeReference<Map<String, Object>>() {});
  }

  /** Each template on each conversation, as transformers fills it in. */
  @TestFactory
  Stream<DynamicTest> chatTemplatesAreThoseOfTransformers() throws IOException {
    JsonNode fixture;
    try (InputStream in = TemplateTest.class.getResourceAsStream("/fixtures/chat/templates.json")) {
      fixture = JSON.readTree(in);
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : fixture.get("cases")) {
      String name = c.get("template").asText();
      tests.add(
          DynamicTest.dynamicTest(
              name + " " + tests.size(),
              () -> check(fixture.get("templates").get(name).asText(), c)));
    }
    return tests.stream();
  }

  private static void check(String template, JsonNode c) {
    Map<String, Object> variables = map(c.get("extra"));
    variables.put("messages", JSON.convertValue(c.get("messages"), List.class));
    variables.put("add_generation_prompt", c.get("add_generation_prompt").asBoolean());
    variables.put("bos_token", "<s>");
    variables.put("eos_token", "</s>");
    variables.putIfAbsent("tools", null);
    if (c.has("error")) {
      assertThatThrownBy(() -> Template.parse(template).render(variables))
          .isInstanceOf(JinjaException.class)
          .hasMessage(c.get("error").asText());
    } else {
      assertThat(Template.parse(template).render(variables)).isEqualTo(c.get("text").asText());
    }
  }

  private static void refused(String template, String why) {
    assertThatThrownBy(() -> Template.parse(template).render(Map.of("x", List.of(1L))))
        .isInstanceOf(JinjaException.class)
        .hasMessageContaining(why);
  }

  @Test
  void whatIsNotKnownIsRefusedByName() {
    refused("a\n{{ x | sum }}", "line 2: the filter 'sum' is not known here");
    refused("{% macro m() %}{% endmacro %}", "line 1: the statement 'macro' is not known here");
    refused("{{ x is divisibleby 2 }}", "the test 'divisibleby' is not known here");
    refused("{{ x.pop() }}", "no method 'pop'");
    refused("{{ x }}", "only | tojson is known here");
    refused("{{ f() }}", "which is no function");
    refused("{{ y.z }}", "'z' of something that is not defined");
  }

  @Test
  void mistakesAreNamedWithTheirLine() {
    refused("{% if x %}", "'endif' is missing");
    refused("{% endfor %}", "'endfor' belongs to nothing");
    refused("\n{{ x", "line 2: a tag is not closed");
    refused("{{ x ? }}", "cannot read '? }}'");
    refused("{{ (x }}", "expected ')'");
    refused("{% for in x %}{% endfor %}", "expected 'in', got 'x'");
    refused("{{ 1 + 'a' }}", "no Long + String");
  }
}
