package dev.proteus.core.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(p -> p.getFileName().toString()).toList().stream();
    }
  }

  @Test
  void writesAndReplaces() throws IOException {
    Path file = folder.resolve("a/b/report.html");
    AtomicFile.write(file, "first, longer");
    AtomicFile.write(file, "zweitens: ä");
    assertThat(file).hasContent("zweitens: ä");
    try (Stream<Path> all = Files.list(file.getParent())) {
      assertThat(all).containsExactly(file);
    }
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(file, "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("disk full");
                    }))
        .hasMessage("disk full");
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.txt");
  }

  @Test
  void theNewNameAppearsOnlyWhenTheFileIsWhole() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(
        file,
        out -> {
          out.write(ByteBuffer.wrap(new byte[100]));
          assertThat(file).doesNotExist();
        });
    assertThat(file).hasSize(100);
  }

  @Test
  void leftoversOfKilledWritersAreRemovedButNotThoseOfOthersAtWork() throws IOException {
    Path stale = Files.writeString(folder.resolve(".a.txt.1234.tmp"), "half");
    Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    Files.writeString(folder.resolve(".a.txt.5678.tmp"), "at work");
    AtomicFile.write(folder.resolve("a.txt"), "new");
    assertThat(names()).containsExactlyInAnyOrder("a.txt", ".a.txt.5678.tmp");
  }

  @Test
  void aFolderIsNotReplaced() {
    assertThatThrownBy(() -> AtomicFile.write(folder, "text")).hasMessageContaining("is a folder");
  }
}
