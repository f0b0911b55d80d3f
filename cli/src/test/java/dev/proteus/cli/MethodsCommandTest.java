package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.method.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class MethodsCommandTest {
  private static List<String> ids(Predicate<Catalogue.Entry> wanted) {
    return Catalogue.load().entries().stream().filter(wanted).map(Catalogue.Entry::id).toList();
  }

  @Test
  void listsTheCatalogueAsOneJsonArray() throws Exception {
    Run run = Run.of("methods", "--json");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode array = run.json();
    assertThat(array.isArray()).isTrue();
    List<String> ids = new ArrayList<>();
    for (JsonNode m : array) {
      assertThat(m.fieldNames()).toIterable().containsExactly("id", "family", "title", "status");
      assertThat(m.get("status").asText()).isIn("planned", "built", "exact", "reference", "claim");
      ids.add(m.get("id").asText());
    }
    assertThat(ids).containsExactlyElementsOf(ids(e -> true));
  }

  @Test
  void aFamilyIsAPartOfIt() throws Exception {
    List<String> ids = ids(e -> e.family().equals("optim"));
    assertThat(Run.of("methods", "--family", "optim", "--json").json())
        .extracting(m -> m.get("id").asText())
        .containsExactlyElementsOf(ids)
        .contains("lamb");
    Run text = Run.of("methods", "--family", "optim");
    // two lines of head, two of foot
    assertThat(text.out().lines()).hasSize(ids.size() + 4).anyMatch(l -> l.startsWith("lamb "));
    assertThat(text.out()).contains(ids.size() + " methods: ");
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
