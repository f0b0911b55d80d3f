package dev.proteus.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.CodeHash;
import dev.proteus.core.method.Evidence;
import dev.proteus.core.testing.EvidenceListener;
import dev.proteus.core.testing.EvidenceTests;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The committed evidence is that of the present tests and code. */
final class EvidenceTest {
  private static final Path MODULE = CodeHash.root().resolve("methods");

  private final Map<String, String> code;
  private final Map<String, EvidenceTests> declared;
  private final Map<String, Evidence> stored = new TreeMap<>();

  EvidenceTest() throws IOException, URISyntaxException {
    code = CodeHash.all(CodeHash.root());
    declared =
        EvidenceTests.declared(
            Path.of(
                EvidenceTest.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    Path folder = EvidenceListener.folder(MODULE);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          stored.put(
              file.getFileName().toString().replace(".json", ""),
              Evidence.read(file.toString(), Files.readAllBytes(file)));
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> isOfThePresentTestsAndCode() {
    TreeSet<String> ids = new TreeSet<>(declared.keySet());
    ids.addAll(stored.keySet());
    return ids.stream().map(id -> DynamicTest.dynamicTest(id, () -> check(id)));
  }

  @Test
  void isOnlyOfMethodsOfTheCatalogue() {
    List<String> ids = Catalogue.load().all().stream().map(Catalogue.Entry::id).toList();
    assertThat(ids).containsAll(code.keySet()).containsAll(stored.keySet());
    assertThat(code.keySet()).containsAll(declared.keySet());
  }

  private void check(String id) {
    String refresh =
        "%s: its tests or code changed since its evidence was stored; run its tests with"
                .formatted(id)
            + " -Dproteus.evidence=update and commit the file";
    assertThat(stored).as(refresh).containsKey(id);
    assertThat(declared).as("%s: evidence without tests; delete the file", id).containsKey(id);
    Evidence evidence = stored.get(id);
    assertThat(evidence.id()).isEqualTo(id);
    assertThat(evidence.exact()).as(refresh).hasSameElementsAs(declared.get(id).exact());
    assertThat(evidence.reference()).as(refresh).hasSameElementsAs(declared.get(id).reference());
    assertThat(evidence.code()).as(refresh).isEqualTo(code.get(id));
  }
}
