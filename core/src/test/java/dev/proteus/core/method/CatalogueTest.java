package dev.proteus.core.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CatalogueTest {
  private static final String TYPE = "dev/proteus/methods/tta/Sample";

  @TempDir Path folder;

  @Test
  void listsAllMethods() {
    List<Catalogue.Entry> entries = Catalogue.load().entries();
    assertThat(entries).hasSize(191);
    assertThat(entries.stream().map(Catalogue.Entry::id)).doesNotHaveDuplicates();
    assertThat(entries)
        .allSatisfy(
            e -> {
              assertThat(e.id()).matches("[a-z0-9-]+");
              assertThat(e.family()).matches("[a-z]+");
              assertThat(e.title()).isNotBlank().doesNotContain("\"");
            });
    assertThat(Catalogue.load().get("dcnv2").title())
        .isEqualTo("Deformable ConvNets v2: More Deformable, Better Results");
  }

  @Test
  void namesWhatLooksLikeAnUnknownId() {
    assertThatThrownBy(() -> Catalogue.load().get("rmsnrom"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No method 'rmsnrom' in the catalogue; did you mean rmsnorm?");
    assertThatThrownBy(() -> Catalogue.load().get("quite-unlike"))
        .hasMessage("No method 'quite-unlike' in the catalogue");
  }

  @Test
  void aStatusIsEarned() throws IOException {
    assertThat(status()).isEqualTo(Status.PLANNED);
    results("abc");
    evidence("[\"T.a\"]", "[]", "abc");
    assertThat(status()).as("evidence without code counts nothing").isEqualTo(Status.PLANNED);

    compile();
    assertThat(status()).as("claim from exact").isEqualTo(Status.CLAIM);
    results("old");
    assertThat(status()).as("stale results").isEqualTo(Status.EXACT);
    evidence("[\"T.a\"]", "[\"T.b\"]", "abc");
    assertThat(status()).isEqualTo(Status.REFERENCE);
    results("abc");
    assertThat(status()).isEqualTo(Status.CLAIM);
    evidence("[]", "[\"T.b\"]", "abc");
    assertThat(status()).as("nothing without an exact check").isEqualTo(Status.BUILT);
  }

  @Test
  void readsJars() throws IOException {
    compile();
    evidence("[\"T.a\"]", "[]", "abc");
    Path jar = Files.createTempDirectory(folder, "jar").resolve("methods.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(folder.resolve("dev"))) {
      for (Path file : files.toList()) {
        boolean directory = Files.isDirectory(file);
        String name = folder.relativize(file).toString().replace('\\', '/');
        out.putNextEntry(new JarEntry(directory ? name + "/" : name));
        if (!directory) {
          Files.copy(file, out);
        }
      }
    }
    assertThat(entry(jar.toUri().toURL()).status()).isEqualTo(Status.EXACT);
  }

  @Test
  void initialisesNoType() throws IOException {
    compile();
    Class<?> type = entry(folder.toUri().toURL()).types().get(0);
    assertThat(type.getName()).isEqualTo(TYPE.replace('/', '.'));
    assertThat(System.getProperty("proteus.test.initialised")).isNull();
  }

  private Status status() throws IOException {
    return entry(folder.toUri().toURL()).status();
  }

  private static Catalogue.Entry entry(URL classPath) throws IOException {
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {classPath}, Catalogue.class.getClassLoader())) {
      return Catalogue.load(loader).get("byol-self-label");
    }
  }

  private void compile() throws IOException {
    Path source = folder.resolve(TYPE + ".java");
    Files.createDirectories(source.getParent());
    Files.writeString(
        source,
        """
        package dev.proteus.methods.tta;
        import dev.proteus.core.method.*;
        @Paper(id = "byol-self-label")
        public record Sample(double rate) implements Method {
          static { System.setProperty("proteus.test.initialised", "yes"); }
        }
        """);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", System.getProperty("java.class.path"), source.toString());
    assertThat(code).isZero();
  }

  private void evidence(String exact, String reference, String code) throws IOException {
    write(
        Evidence.FOLDER,
        "{\"id\":\"byol-self-label\",\"exact\":%s,\"reference\":%s,\"code\":\"%s\"}"
            .formatted(exact, reference, code));
  }

  private void results(String code) throws IOException {
    write(Catalogue.RESULTS, "{\"seeds\":[1,{\"code\":\"no\"}],\"code\":\"%s\"}".formatted(code));
  }

  private void write(String where, String json) throws IOException {
    Files.createDirectories(folder.resolve(where));
    Files.writeString(folder.resolve(where).resolve("byol-self-label.json"), json);
  }
}
