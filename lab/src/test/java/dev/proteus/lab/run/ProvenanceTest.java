package dev.proteus.lab.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProvenanceTest {
  @TempDir Path folder;

  @Test
  void knowsTheCommitOfAFolder() throws IOException, InterruptedException {
    assumeTrue(git("--version"), "git is not installed");
    assertThat(Provenance.commit(folder)).as("no repository").isEmpty();

    git("init", "-q");
    Files.writeString(folder.resolve("a"), "1");
    git("add", "a");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one");
    assertThat(Provenance.commit(folder)).get().asString().matches("[0-9a-f]{40}");

    Files.writeString(folder.resolve("a"), "2");
    assertThat(Provenance.commit(folder)).get().asString().matches("[0-9a-f]{40}-dirty");
  }

  private boolean git(String... arguments) throws InterruptedException {
    ProcessBuilder git = new ProcessBuilder("git");
    git.command().addAll(List.of(arguments));
    try {
      return git.directory(folder.toFile()).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
