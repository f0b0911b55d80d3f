package dev.proteus.lab.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.experiment.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DocsTest {
  @Test
  void theCommittedPagesAreThePresentOnes() throws IOException {
    for (Map.Entry<String, String> page : Docs.pages(Catalogue.load()).entrySet()) {
      Path file = CodeHash.root().resolve(page.getKey());
      if ("update".equals(System.getProperty("proteus.docs"))) {
        AtomicFile.write(file, page.getValue());
      }
      assertThat(file)
          .as(page.getKey() + ": refresh it with -Dtest=DocsTest -Dproteus.docs=update")
          .hasContent(page.getValue());
    }
  }

  @Test
  void listsEveryMethodUnderItsFamily() {
    Catalogue catalogue = Catalogue.load();
    String page = Docs.methods(catalogue);
    assertThat(page.lines().filter(line -> line.startsWith("| `")))
        .hasSameSizeAs(catalogue.entries());
    assertThat(page.substring(page.indexOf("\n## optim\n"), page.indexOf("\n## peft\n")))
        .contains("`lamb`");
  }

  @Test
  void showsGainAndVerdict() {
    Map<String, Map<String, List<Double>>> arms =
        Map.of(
            "sgd", Map.of("loss", List.of(1.0, 2.0, 3.0)),
            "lamb", Map.of("loss", List.of(0.5, 1.5, 2.5)));
    Results results =
        new Results(
            "lamb",
            "Trains faster.",
            "Digits.",
            "c0de",
            Verdict.REPRODUCED,
            List.of(Rule.lower("loss", "lamb", "sgd", 0.1)),
            List.of(1L, 2L, 3L),
            arms,
            Map.of(),
            Map.of("cores", "2"),
            Map.of("libtorch", "2.10"),
            Map.of(),
            "2026-01-31");
    assertThat(Docs.results(List.of(results)))
        .contains(
            "| lamb | loss | 2.000 ± 1.000 | 1.500 ± 1.000 | 0.5000 ± 0.0000 | 3 | reproduced |")
        .contains("- Claim: Trains faster.\n- Measured on: Digits.")
        .contains("loss: mean of (sgd - lamb) >= 0.1, and >= 0.0 on every seed");
  }
}
