package dev.proteus.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a user may call a model. */
public final class Models {
  private Models() {}

  /**
   * The folder of a model: {@code minilm}, which comes with Proteus; {@code hf:owner/name}, from
   * the {@link Hub} or its cache; or the path of a model folder.
   *
   * @param offline whether nothing is to be downloaded
   * @throws IOException saying what is missing and what to do
   */
  public static Path folder(String name, boolean offline) throws IOException {
    if (name.equals(MiniLm.NAME)) {
      return MiniLm.folder();
    }
    if (name.startsWith(Hub.PREFIX)) {
      try {
        return Hub.ofEnvironment().offline(offline).folder(name);
      } catch (IllegalArgumentException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
    Path folder = Path.of(name);
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          name,
          null,
          "expected a model folder with its config.json, the name of a bundled model such as "
              + MiniLm.NAME
              + ", or hf:owner/name");
    }
    return folder;
  }
}
