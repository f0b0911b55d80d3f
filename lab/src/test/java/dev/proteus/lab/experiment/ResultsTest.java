package dev.proteus.lab.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.CodeHash;
import dev.proteus.lab.experiments.Experiments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The committed results are those of the present code and experiments. */
final class ResultsTest {
  @TestFactory
  Stream<DynamicTest> areOfThePresentCodeAndExperiment() throws IOException {
    Path folder = Results.folder();
    if (!Files.isDirectory(folder)) {
      return Stream.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList().stream()
          .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> check(f)));
    }
  }

  @Test
  void anExperimentHasItsId() {
    List<String> ids = Experiments.all().stream().map(Experiment::id).toList();
    assertThat(ids).doesNotHaveDuplicates().isSorted();
    assertThat(CodeHash.all(CodeHash.root()).keySet()).containsAll(ids);
  }

  private static void check(Path file) throws IOException {
    Results stored = Results.parse(file.toString(), Files.readAllBytes(file));
    String id = stored.id();
    assertThat(file).hasFileName(id + ".json");
    Experiment present = Experiments.of(id);
    String refresh =
        id
            + ": its code or experiment changed since its results were stored; refresh them with"
            + " ./proteus experiment run "
            + id
            + " and commit the file";
    assertThat(stored.code()).as(refresh).isEqualTo(CodeHash.present(id));
    assertThat(stored.claim()).as(refresh).isEqualTo(present.claim());
    assertThat(stored.setting()).as(refresh).isEqualTo(present.setting());
    assertThat(stored.rules()).as(refresh).isEqualTo(present.rules());
    assertThat(stored.seeds()).as(refresh).isEqualTo(present.seeds());
    assertThat(stored.arms().keySet()).as(refresh).containsExactlyElementsOf(present.arms());
    assertThat(stored.verdict())
        .as(id + ": the verdict follows from the numbers")
        .isEqualTo(Results.judge(stored.rules(), stored.arms()));
  }
}
