package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's array files, versions 1 to 3, in C and Fortran order, of booleans, integers and floats in
 * either byte order. Pickled objects are refused: reading them would run code.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">The NPY
 *     format</a>
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST_HEADER = 1 << 20;
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*('[^']*'|\\[.*\\])");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\sL]*)\\)");

  private Npy() {}

  /**
   * The array in a file.
   *
   * @throws IOException naming the file, if it is not NPY, truncated, or of a type that is no
   *     number
   */
  public static Tensor read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(new BufferedInputStream(in), Files.size(file), file.toString());
    }
  }

  /**
   * The array in a stream.
   *
   * @param limit the most bytes that can come
   * @param name for errors
   */
  static Tensor read(InputStream in, long limit, String name) throws IOException {
    byte[] start = in.readNBytes(8);
    if (start.length < 8 || !Arrays.equals(Arrays.copyOf(start, 6), MAGIC)) {
      throw new IOException(name + ": not an NPY file; it does not start with \\x93NUMPY");
    }
    int version = start[6];
    if (version < 1 || version > 3) {
      throw new IOException(name + ": NPY version " + version + " is not known; expected 1 to 3");
    }
    long length = littleEndian(in.readNBytes(version == 1 ? 2 : 4), name);
    if (length > LONGEST_HEADER) {
      throw new IOException(name + ": impossible header length " + length);
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new IOException(name + ": truncated in its header");
    }
    String header =
        new String(bytes, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    String descr = field(DESCR, header, name);
    DType type = type(descr, name);
    boolean fortran = field(ORDER, header, name).equals("True");
    long[] shape = shape(field(SHAPE, header, name), name);
    long n = Bytes.count(shape, name) * type.bytes();
    try (Scope s = Scope.open()) {
      Tensor data = Bytes.read(in, n, limit, name);
      boolean bigEndian = descr.startsWith("'>");
      return s.keep(
          fortran
              ? fortran(data, type, bigEndian, shape)
              : Bytes.typed(data, type, bigEndian, shape));
    }
  }

  /** Column-major data are row-major ones with the dimensions in reverse. */
  private static Tensor fortran(Tensor data, DType type, boolean bigEndian, long[] shape) {
    int rank = shape.length;
    long[] reversed = new long[rank];
    int[] back = new int[rank];
    for (int i = 0; i < rank; i++) {
      reversed[i] = shape[rank - 1 - i];
      back[i] = rank - 1 - i;
    }
    return Bytes.typed(data, type, bigEndian, reversed).permute(back).contiguous();
  }

  private static long littleEndian(byte[] bytes, String name) throws IOException {
    if (bytes.length < 2) {
      throw new IOException(name + ": truncated in its header");
    }
    long v = 0;
    for (int i = bytes.length - 1; i >= 0; i--) {
      v = (v << 8) | (bytes[i] & 0xff);
    }
    return v;
  }

  private static String field(Pattern pattern, String header, String name) throws IOException {
    Matcher m = pattern.matcher(header);
    if (!m.find()) {
      throw new IOException(
          name + ": header without " + pattern.pattern().split("'", -1)[1] + ": " + header.strip());
    }
    return m.group(1);
  }

  private static long[] shape(String text, String name) throws IOException {
    try {
      return Arrays.stream(text.split(",", -1))
          .map(s -> s.strip().replace("L", ""))
          .filter(s -> !s.isEmpty())
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (NumberFormatException e) {
      throw new IOException(name + ": impossible shape (" + text + ")", e);
    }
  }

  private static DType type(String descr, String name) throws IOException {
    return switch (descr.replaceAll("['<>|=]", "")) {
      case "f8" -> DType.FLOAT64;
      case "f4" -> DType.FLOAT32;
      case "f2" -> DType.FLOAT16;
      case "i8" -> DType.INT64;
      case "i4" -> DType.INT32;
      case "i2" -> DType.INT16;
      case "i1" -> DType.INT8;
      case "u8" -> DType.UINT64;
      case "u4" -> DType.UINT32;
      case "u2" -> DType.UINT16;
      case "u1" -> DType.UINT8;
      case "b1" -> DType.BOOL;
      case "O" ->
          throw new IOException(
              name + ": holds pickled Python objects, which are not read; save plain numbers");
      default ->
          throw new IOException(
              name + ": element type " + descr + " is not supported; save numbers or booleans");
    };
  }
}
