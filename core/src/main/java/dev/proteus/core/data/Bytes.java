package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Elements of a binary file, from a stream into a tensor. */
final class Bytes {
  /** Deflate never shrinks more than this: a file that claims more is broken. */
  private static final long DEFLATE_LIMIT = 1032;

  private static final int CHUNK = 1 << 20;

  private Bytes() {}

  /** Number of elements of a shape from a file's header. */
  static long count(long[] shape, String file) throws IOException {
    try {
      long n = 1;
      for (long s : shape) {
        if (s < 0) {
          throw new IOException(file + ": negative size in shape " + Arrays.toString(shape));
        }
        n = Math.multiplyExact(n, s);
      }
      Math.multiplyExact(n, 8L);
      return n;
    } catch (ArithmeticException e) {
      throw new IOException(file + ": impossible shape " + Arrays.toString(shape), e);
    }
  }

  /** The most bytes that can come out of a compressed file of this size. */
  static long limit(long fileBytes) {
    return Math.multiplyExact(fileBytes + 64, DEFLATE_LIMIT);
  }

  /**
   * Reads {@code n} bytes, then expects the end. Memory is touched only as bytes arrive.
   *
   * @param limit the most that the file can hold
   * @return uint8 [n]
   * @throws IOException if there are fewer, or more
   */
  static Tensor read(InputStream in, long n, long limit, String file) throws IOException {
    if (n > limit) {
      throw new IOException(
          file + ": the header announces " + n + " bytes, but the file cannot hold them");
    }
    Tensor t = Tensor.empty(DType.UINT8, n);
    byte[] chunk = new byte[(int) Math.min(n, CHUNK)];
    for (long at = 0; at < n; ) {
      int got;
      try {
        got = in.readNBytes(chunk, 0, (int) Math.min(n - at, CHUNK));
      } catch (EOFException e) {
        got = 0; // how the inflater says that its input was cut off
      }
      if (got == 0) {
        throw new IOException(
            file + ": truncated; the header announces " + n + " bytes, but " + at + " follow");
      }
      t.buffer(at, got).put(chunk, 0, got);
      at += got;
    }
    if (in.read() >= 0) {
      throw new IOException(
          file + ": more data than the " + n + " bytes that its header announces");
    }
    return t;
  }

  /**
   * Gives raw elements their type and shape.
   *
   * @param bytes uint8 [elements * size of the type]
   */
  static Tensor typed(Tensor bytes, DType type, boolean bigEndian, long... shape) {
    Tensor b = bytes;
    if (bigEndian && type.bytes() > 1) {
      b = b.view(b.numel() / type.bytes(), type.bytes()).flip(1).flatten();
    }
    // Any byte but 0 is true; one that is neither 0 nor 1 must not reach the engine.
    Tensor elements = type == DType.BOOL ? b.ne(0) : b.viewAs(type);
    return elements.reshape(shape);
  }
}
