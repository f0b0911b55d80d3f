package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Several {@link Npy} arrays in a ZIP file, stored or deflated. */
public final class Npz {
  private static final String SUFFIX = ".npy";

  private Npz() {}

  /**
   * All arrays by name, in the file's order.
   *
   * @throws IOException naming the file and the array
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    long limit = Bytes.limit(Files.size(file));
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX)) {
          throw new IOException(file + ": has '" + name + "', which is not an array");
        }
        String key = name.substring(0, name.length() - SUFFIX.length());
        try (InputStream in = new BufferedInputStream(zip.getInputStream(entry))) {
          Tensor array = Npy.read(in, limit, file + " '" + key + "'");
          if (arrays.put(key, array) != null) {
            throw new IOException(file + ": has '" + key + "' twice");
          }
        }
      }
    } catch (ZipException e) {
      throw new IOException(file + ": not an NPZ file, or broken: " + e.getMessage(), e);
    }
    return arrays;
  }
}
