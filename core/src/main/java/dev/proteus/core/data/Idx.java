package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * IDX files, plain or gzip (told by their content, not their name), as MNIST and its kin use them.
 *
 * <pre>  0 0 type rank | size * rank (uint32) | elements, row by row      all big-endian
 *   type: 08 uint8, 09 int8, 0B int16, 0C int32, 0D float32, 0E float64  </pre>
 *
 * @see <a href="https://web.archive.org/web/2022/http://yann.lecun.com/exdb/mnist/">The IDX file
 *     format</a>
 */
public final class Idx {
  private Idx() {}

  /**
   * The array in a file.
   *
   * @throws IOException naming the file, if it is not IDX, truncated, or longer than it says
   */
  public static Tensor read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, Files.size(file), file.toString());
    }
  }

  /**
   * The array in a stream.
   *
   * @param fileBytes size of the file, as stored
   * @param name for errors
   */
  static Tensor read(InputStream raw, long fileBytes, String name) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, 1 << 16);
    in.mark(2);
    boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    try (Scope s = Scope.open()) {
      return s.keep(
          gzip
              ? elements(new GZIPInputStream(in, 1 << 16), Bytes.limit(fileBytes), name)
              : elements(in, fileBytes, name));
    } catch (java.util.zip.ZipException | java.io.EOFException e) {
      throw new IOException(name + ": broken gzip data: " + e.getMessage(), e);
    }
  }

  private static Tensor elements(InputStream in, long limit, String name) throws IOException {
    byte[] magic = in.readNBytes(4);
    if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
      throw new IOException(
          name + ": not an IDX file; expected 0 0 type rank, but it starts " + hex(magic));
    }
    DType type =
        switch (magic[2]) {
          case 0x08 -> DType.UINT8;
          case 0x09 -> DType.INT8;
          case 0x0B -> DType.INT16;
          case 0x0C -> DType.INT32;
          case 0x0D -> DType.FLOAT32;
          case 0x0E -> DType.FLOAT64;
          default ->
              throw new IOException(
                  name + ": unknown IDX element type in " + hex(magic) + "; known: 08 to 0e");
        };
    int rank = magic[3] & 0xff;
    byte[] header = in.readNBytes(4 * rank);
    if (header.length < 4 * rank) {
      throw new IOException(name + ": truncated in its header of " + rank + " sizes");
    }
    long[] shape = new long[rank];
    for (int i = 0; i < rank; i++) {
      shape[i] = ByteBuffer.wrap(header).getInt(4 * i) & 0xffffffffL;
    }
    long n = Bytes.count(shape, name) * type.bytes();
    return Bytes.typed(Bytes.read(in, n, limit, name), type, true, shape);
  }

  private static String hex(byte[] bytes) {
    StringBuilder s = new StringBuilder();
    for (byte b : bytes) {
      s.append(String.format("%02x ", b));
    }
    return bytes.length == 0 ? "with nothing" : "with " + s.toString().strip();
  }

  /** Images [N,H,W] or [N,C,H,W] and their labels [N], as a dataset of [N,C,H,W]. */
  static TensorDataset pair(Tensor images, Tensor labels, List<String> classNames) {
    Tensor x = images.dim() == 3 ? images.unsqueeze(1) : images;
    return new TensorDataset(x, labels.to(DType.INT64), classNames);
  }
}
