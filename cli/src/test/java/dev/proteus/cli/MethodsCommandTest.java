package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MethodsCommandTest {
  @Test
  void listsAll191AsOneJsonArray() throws Exception {
    Run run = Run.of("methods", "--json");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode array = run.json();
    assertThat(array.isArray()).isTrue();
    Set<String> ids = new LinkedHashSet<>();
    for (JsonNode m : array) {
      assertThat(m.fieldNames()).toIterable().containsExactly("id", "family", "title", "status");
      assertThat(m.get("status").asText()).isIn("planned", "built", "exact", "reference", "claim");
      ids.add(m.get("id").asText());
    }
    assertThat(ids).hasSize(191).contains("rmsnorm", "lora-plus", "xnor-net");
    assertThat(array).hasSize(191);
  }

  @Test
  void aFamilyIsAPartOfIt() throws Exception {
    JsonNode array = Run.of("methods", "--family", "optim", "--json").json();
    assertThat(array)
        .hasSize(7)
        .allSatisfy(m -> assertThat(m.get("family").asText()).isEqualTo("optim"));
    Run text = Run.of("methods", "--family", "optim");
    assertThat(text.out().lines()).hasSize(11).anyMatch(l -> l.startsWith("lamb "));
    assertThat(text.out()).contains("7 methods: ");
  }

  @Test
  void anUnknownFamilyOrIdIsAUsageErrorThatSaysWhatThereIs() {
    Run family = Run.of("methods", "--family", "optims");
    assertThat(family.code()).isEqualTo(2);
    assertThat(family.err()).contains("'optims'").contains("optim, peft");
    Run id = Run.of("methods", "rmsnrom", "--json");
    assertThat(id.code()).isEqualTo(2);
    assertThat(id.out()).isEmpty();
    assertThat(id.err()).contains("did you mean rmsnorm?");
    assertThat(Run.of("methods", "lamb", "--family", "optim").code()).isEqualTo(2);
  }

  @Test
  void oneMethodIsShown() throws Exception {
    JsonNode m = Run.of("methods", "rmsnorm", "--json").json();
    assertThat(m.get("id").asText()).isEqualTo("rmsnorm");
    assertThat(m.get("types").isArray()).isTrue();
    assertThat(m.get("types").isEmpty()).isEqualTo(m.get("status").asText().equals("planned"));
    assertThat(Run.of("methods", "rmsnorm").out())
        .contains("Root Mean Square")
        .contains("family norm");
  }
}
