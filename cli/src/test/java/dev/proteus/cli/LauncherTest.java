package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.CodeHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What ./proteus checks before it builds or starts anything; the rest is run by .ci/run. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir Path folder;
  private Path link;

  @BeforeEach
  void linkFromElsewhere() throws IOException {
    Path relative = folder.relativize(CodeHash.root().resolve("proteus"));
    link = Files.createSymbolicLink(folder.resolve("link"), relative);
  }

  @AfterEach
  void unlink() throws IOException {
    Files.delete(link);
  }

  @Test
  void saysThatThereIsNoJava() throws Exception {
    Run run = launch(folder.resolve("nowhere"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("proteus: JAVA_HOME is ").contains("nowhere");
    assertThat(run.err().lines()).hasSize(1);
  }

  @Test
  void saysThatJavaIsTooOld() throws Exception {
    Path java = folder.resolve("jdk/bin/java");
    Files.createDirectories(java.getParent());
    Files.writeString(java, "#!/bin/sh\nexit 3\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        folder.resolve("jdk/release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"11.0.2\"\n");
    Run run = launch(folder.resolve("jdk"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("version 11.0.2").contains("needs 17 or newer");
    assertThat(run.err().lines()).hasSize(1);
  }

  /** A copy of the launcher has nothing built beside it, and a Maven that only fails. */
  @Test
  void speaksOfADownloadOnlyWhereLibrariesAreMissing() throws Exception {
    Path clone = Files.createDirectories(folder.resolve("clone"));
    Path copy = Files.copy(CodeHash.root().resolve("proteus"), clone.resolve("proteus"));
    Path maven = Files.createDirectories(folder.resolve("bin")).resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\nexit 1\n");
    assertThat(copy.toFile().setExecutable(true) && maven.toFile().setExecutable(true)).isTrue();
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME", System.getProperty("java.home"),
            "HOME", folder.toString(),
            "PATH", maven.getParent() + ":" + System.getenv("PATH"));

    Run first = launch(copy, environment);
    assertThat(first.code()).isEqualTo(1);
    assertThat(first.err()).contains("building (and downloading", "230 MB", "the build failed");
    Files.createDirectories(folder.resolve(".m2/repository/org/bytedeco/pytorch"));
    Run again = launch(copy, environment);
    assertThat(again.err()).contains("building ...", "the build failed").doesNotContain("MB");
  }

  private Run launch(Path javaHome) throws IOException, InterruptedException {
    return launch(link, Map.of("JAVA_HOME", javaHome.toString()));
  }

  private Run launch(Path command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path err = folder.resolve("err");
    ProcessBuilder launcher =
        new ProcessBuilder(command.toString(), "--version")
            .directory(folder.toFile())
            .redirectError(err.toFile());
    launcher.environment().putAll(environment);
    Process process = launcher.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Run(process.exitValue(), out, Files.readString(err));
  }
}
