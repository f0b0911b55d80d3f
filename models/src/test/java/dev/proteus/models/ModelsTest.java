package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {
  @Test
  void aFolderIsItself(@TempDir Path folder) throws IOException {
    assertThat(Models.folder(folder.toString(), true)).isEqualTo(folder);
  }

  @Test
  void otherNamesAreRefusedWithThosePossible() {
    assertThatThrownBy(() -> Models.folder("nowhere", true))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContainingAll("nowhere", "config.json", "minilm", "hf:owner/name");
    assertThatThrownBy(() -> Models.folder("hf:a/b/c", true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("'hf:a/b/c' is no model of the hub");
    assertThatThrownBy(() -> Models.folder("hf:nobody/no-such-model-is-cached", true))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("offline as asked");
  }
}
