package dev.proteus.core.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.proteus.core.method.Evidence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

final class EvidenceListenerTest {
  @TempDir Path root;
  private Path module;

  @BeforeEach
  void sources() throws IOException {
    module = root.resolve("methods");
    Path code = Files.createDirectories(module.resolve("src/main/java"));
    for (String id : List.of("good", "half", "bad", "skipped", "broken")) {
      Files.writeString(code.resolve(id + ".java"), "@Paper(id = \"" + id + "\") class X {}");
    }
  }

  @Test
  void writesTheTestsOfMethodsThatAllPassed() throws IOException {
    run(true, module, Good.class, Half.class, Bad.class, Skipped.class, Broken.class);
    try (Stream<Path> files = Files.list(EvidenceListener.folder(module))) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("good.json");
    }
    Path file = EvidenceListener.folder(module).resolve("good.json");
    Evidence evidence = Evidence.read("good", Files.readAllBytes(file));
    String good = Good.class.getName();
    assertThat(evidence.id()).isEqualTo("good");
    assertThat(evidence.exact())
        .containsExactly(good + ".dynamic", good + ".identity", good + ".values");
    assertThat(evidence.reference()).containsExactly(good + ".official");
    assertThat(evidence.code()).matches("[0-9a-f]{64}");
  }

  @Test
  void whatRanIsWhatIsDeclared() throws Exception {
    run(true, module, Good.class);
    Path classes = Path.of(Good.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Map<String, EvidenceTests> declared = EvidenceTests.declared(classes);
    Path file = EvidenceListener.folder(module).resolve("good.json");
    Evidence evidence = Evidence.read("good", Files.readAllBytes(file));
    assertThat(evidence.exact()).containsExactlyElementsOf(declared.get("good").exact());
    assertThat(evidence.reference()).containsExactlyElementsOf(declared.get("good").reference());
  }

  @Test
  void writesNothingUnlessAskedTo() {
    run(false, module, Good.class);
    run(true, root.resolve("core"), Good.class);
    assertThat(EvidenceListener.folder(module)).doesNotExist();
    assertThat(EvidenceListener.folder(root.resolve("core"))).doesNotExist();
  }

  /** Runs the samples below, which are not run otherwise, in a launcher of their own. */
  private static void run(boolean update, Path module, Class<?>... samples) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Stream.of(samples).map(c -> selectClass(c)).toList())
            .build();
    LauncherConfig config =
        LauncherConfig.builder().enableTestExecutionListenerAutoRegistration(false).build();
    LauncherFactory.create(config).execute(request, new EvidenceListener(update, module));
  }

  @Exact("good")
  static final class Good {
    @Test
    void identity() {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void values(int value) {}

    @TestFactory
    Stream<DynamicTest> dynamic() {
      return Stream.of(DynamicTest.dynamicTest("one", () -> {}));
    }

    @Reference("good")
    @Test
    void official() {}
  }

  @Exact("half")
  static final class Half {
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void values(int value) {
      assertThat(value).isEqualTo(1);
    }
  }

  static final class Bad {
    @Exact("bad")
    @Test
    void passes() {}

    @Reference("bad")
    @Test
    void fails() {
      throw new AssertionError();
    }
  }

  @Exact("skipped")
  static final class Skipped {
    @Test
    void passes() {}

    @Test
    @EnabledIfSystemProperty(named = "no.such.property", matches = ".*")
    void skipped() {}

    @Test
    void aborted() {
      Assumptions.abort();
    }
  }

  @Exact("broken")
  static final class Broken {
    @BeforeEach
    void fails() {
      throw new AssertionError();
    }

    @Test
    void passes() {}
  }
}
