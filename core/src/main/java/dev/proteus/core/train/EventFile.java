package dev.proteus.core.train;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * Writes scalars and texts where TensorBoard finds them: a new {@code events.out.tfevents.*} file
 * in a folder.
 *
 * <p>A file is a sequence of records, little-endian: length uint64, masked CRC-32C of the length,
 * the data, masked CRC-32C of the data. The data is a protobuf message {@code Event}: wall_time = 1
 * (double), step = 2, file_version = 3 (first record only), summary = 5, session_log = 7.
 *
 * @see <a href="https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto">the
 *     message definitions</a>
 */
public final class EventFile implements Closeable {
  private final Path path;
  private final OutputStream out;

  /**
   * Opens a new file; the folder is made if it is missing.
   *
   * @param from the first step of this file. TensorBoard drops what older files of the folder say
   *     of this step and later ones: they belong to a run that was cut off.
   */
  public EventFile(Path folder, long from) {
    Instant now = Instant.now();
    // TensorBoard reads the files of a folder in the order of their names
    path =
        folder.resolve(
            String.format("events.out.tfevents.%010d.%09d", now.getEpochSecond(), now.getNano()));
    try {
      Files.createDirectories(folder);
      out =
          new BufferedOutputStream(
              Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write events to " + path, e);
    }
    write(new Message().text(3, "brain.Event:2"));
    write(new Message().number(2, from).message(7, new Message().number(1, 1))); // START
  }

  public Path path() {
    return path;
  }

  public void scalar(String tag, long step, double value) {
    Message v = new Message().text(1, tag).real(2, (float) value);
    write(new Message().number(2, step).message(5, new Message().message(1, v)));
  }

  /** A text, shown as Markdown. */
  public void text(String tag, long step, String text) {
    Message plugin = new Message().message(1, new Message().text(1, "text"));
    Message shape = new Message().message(2, new Message().number(1, 1));
    Message strings = new Message().number(1, 7).message(2, shape).text(8, text); // DT_STRING
    Message v = new Message().text(1, tag).message(9, plugin).message(8, strings);
    write(new Message().number(2, step).message(5, new Message().message(1, v)));
  }

  /** Hands everything so far to the operating system. */
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write events to " + path, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write events to " + path, e);
    }
  }

  private void write(Message event) {
    byte[] data = event.real(1, System.currentTimeMillis() / 1e3).bytes();
    byte[] length = little(8).putLong(data.length).array();
    try {
      out.write(length);
      out.write(little(4).putInt(maskedCrc(length)).array());
      out.write(data);
      out.write(little(4).putInt(maskedCrc(data)).array());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write events to " + path, e);
    }
  }

  /** The CRC, rotated and shifted, so that a CRC of data that holds CRCs stays a good one. */
  static int maskedCrc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A protobuf message in the making: each field is a key (number, wire type) and a value. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void varint(long v) {
      for (; (v & ~0x7fL) != 0; v >>>= 7) {
        out.write((int) ((v & 0x7f) | 0x80));
      }
      out.write((int) v);
    }

    Message number(int field, long v) {
      varint(field << 3);
      varint(v);
      return this;
    }

    Message real(int field, double v) {
      varint(field << 3 | 1);
      out.writeBytes(little(8).putDouble(v).array());
      return this;
    }

    Message real(int field, float v) {
      varint(field << 3 | 5);
      out.writeBytes(little(4).putFloat(v).array());
      return this;
    }

    Message text(int field, String v) {
      return bytes(field, v.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message v) {
      return bytes(field, v.bytes());
    }

    private Message bytes(int field, byte[] v) {
      varint(field << 3 | 2);
      varint(v.length);
      out.writeBytes(v);
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
