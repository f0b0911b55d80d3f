package dev.proteus.core.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The fields of a protocol-buffer message, one after the other. The caller asks for the number of
 * the next field, and reads or skips its value.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class Protobuf {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Path file;
  private final ByteBuffer in;
  private final long start;
  private int wire;

  /** The bytes of a message; {@code start} is where in the file they begin, for messages. */
  Protobuf(Path file, ByteBuffer in, long start) {
    this.file = file;
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
  }

  /** The number of the next field, or 0 at the end. */
  int next() throws IOException {
    if (!in.hasRemaining()) {
      return 0;
    }
    long tag = varint();
    wire = (int) (tag & 7);
    long field = tag >>> 3;
    if (field < 1 || field > Integer.MAX_VALUE) {
      throw wrong("field number " + field);
    }
    return (int) field;
  }

  boolean hasMore() {
    return in.hasRemaining();
  }

  /** How many varints the message is, if it is nothing else. */
  long countVarints() {
    long n = 0;
    for (int i = in.position(); i < in.limit(); i++) {
      n += in.get(i) >= 0 ? 1 : 0;
    }
    return n;
  }

  /** Where in the file the next byte is. */
  long at() {
    return start + in.position();
  }

  long number() throws IOException {
    expect(VARINT);
    return varint();
  }

  String text() throws IOException {
    return StandardCharsets.UTF_8.decode(bytes()).toString();
  }

  /** The value of the current field as a message. */
  Protobuf message() throws IOException {
    ByteBuffer value = bytes();
    return new Protobuf(file, value, at() - value.remaining());
  }

  /** The value of the current field; {@link #at} is just behind it then. */
  ByteBuffer bytes() throws IOException {
    expect(BYTES);
    return take(varint());
  }

  /** The value of a repeated number, packed or one of many: its bytes, varints or fixed. */
  ByteBuffer numbers() throws IOException {
    return switch (wire) {
      case BYTES -> bytes();
      case FIXED32 -> take(Float.BYTES);
      case FIXED64 -> take(Double.BYTES);
      default -> {
        int from = in.position();
        number();
        yield in.slice(from, in.position() - from).order(ByteOrder.LITTLE_ENDIAN);
      }
    };
  }

  /** The value of a repeated number, packed or one of many, to be read by {@link #varint}. */
  Protobuf varints() throws IOException {
    ByteBuffer value = numbers();
    return new Protobuf(file, value, at() - value.remaining());
  }

  void skip() throws IOException {
    numbers();
  }

  long varint() throws IOException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (!in.hasRemaining()) {
        throw wrong("a number is cut off");
      }
      byte b = in.get();
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw wrong("a number has more than 10 bytes");
  }

  private ByteBuffer take(long length) throws IOException {
    if (length < 0 || length > in.remaining()) {
      throw wrong(
          "a value of "
              + Long.toUnsignedString(length)
              + " bytes, but only "
              + in.remaining()
              + " follow");
    }
    ByteBuffer value = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return value;
  }

  private void expect(int want) throws IOException {
    if (wire != want) {
      throw wrong("a value of wire type " + wire + " instead of " + want);
    }
  }

  private IOException wrong(String what) {
    return new IOException(file + ": not a protocol buffer: " + what + ", at byte " + at());
  }
}
