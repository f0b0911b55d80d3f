package dev.proteus.lab.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.experiment.Experiment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ExperimentsTest {
  @Test
  void everyFileOfAnExperimentIsFound() throws IOException {
    Path sources =
        CodeHash.root().resolve("lab/src/main/java/dev/proteus/lab/experiments").toAbsolutePath();
    try (Stream<Path> files = Files.list(sources)) {
      List<String> names =
          files
              .map(f -> f.getFileName().toString())
              .filter(n -> n.endsWith("Experiment.java"))
              .map(n -> n.replace(".java", ""))
              .toList();
      assertThat(Experiments.all())
          .extracting(e -> e.getClass().getSimpleName())
          .containsExactlyInAnyOrderElementsOf(names);
    }
  }

  @Test
  void eachIsOfAMethodInOrderOfTheirIds() {
    Catalogue catalogue = Catalogue.load();
    List<String> ids = Experiments.all().stream().map(Experiment::id).toList();
    assertThat(ids).isSorted().doesNotHaveDuplicates();
    assertThat(ids).allSatisfy(id -> assertThat(catalogue.get(id).types()).isNotEmpty());
    assertThat(Experiments.of("dann")).isInstanceOf(DannExperiment.class);
    assertThatThrownBy(() -> Experiments.of("nothing")).hasMessageContaining("there are [");
  }
}
