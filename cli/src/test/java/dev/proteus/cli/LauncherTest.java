package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.method.CodeHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private Run launch(Path javaHome) throws IOException, InterruptedException {
    Path err = folder.resolve("err");
    ProcessBuilder launcher =
        new ProcessBuilder(link.toString(), "--version")
            .directory(folder.toFile())
            .redirectError(err.toFile());
    launcher.environment().put("JAVA_HOME", javaHome.toString());
    Process process = launcher.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Run(process.exitValue(), out, Files.readString(err));
  }
}
