package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The data files inside the jar; SHA256SUMS and NOTICE.txt lie beside them. */
final class Bundled {
  private Bundled() {}

  /** An IDX file by its name, without the {@code .gz}. */
  static Tensor idx(String name) {
    String resource = name + ".gz";
    try (InputStream in = Bundled.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar");
      }
      byte[] file = in.readAllBytes();
      return Idx.read(new ByteArrayInputStream(file), file.length, resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
