package dev.proteus.core.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of a ZIP file lie, which the JDK does not tell: what is stored without
 * compression can then be mapped. With the 64-bit extension; not for encrypted or split files.
 *
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the format</a>
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int END64 = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int LOCATOR64_BYTES = 20;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int COMMENT = 0xffff;
  private static final int MAX_DIRECTORY = 100_000_000;
  private static final long IN_EXTRA = 0xffffffffL;

  private final Path file;
  private final FileChannel in;
  private final long size;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** An entry as the directory has it; where its data begins, its local header says. */
  private record Entry(boolean stored, long bytes, long header) {}

  /** A part of the file. */
  record Range(long start, long bytes) {}

  ZipDirectory(Path file, FileChannel in) throws IOException {
    this.file = file;
    this.in = in;
    this.size = in.size();
    readDirectory();
  }

  Iterable<String> names() {
    return entries.keySet();
  }

  /** Where an entry's data is, or null if there is no such entry. */
  Range find(String name) throws IOException {
    Entry e = entries.get(name);
    if (e == null) {
      return null;
    }
    if (!e.stored) {
      throw wrong(
          "its entry '" + name + "' is compressed or encrypted, which torch.save never does");
    }
    ByteBuffer h = read(e.header, LOCAL_BYTES);
    long start = e.header + LOCAL_BYTES + u16(h, 26) + u16(h, 28);
    if (h.getInt(0) != LOCAL || start + e.bytes > size) {
      throw wrong("its entry '" + name + "' does not lie in the file");
    }
    return new Range(start, e.bytes);
  }

  /** The content of a small entry. */
  ByteBuffer content(Range range) throws IOException {
    return read(range.start, range.bytes);
  }

  private void readDirectory() throws IOException {
    long tail = Math.min(size, END_BYTES + COMMENT);
    ByteBuffer end = read(size - tail, tail);
    int at = (int) tail - END_BYTES;
    while (at >= 0 && end.getInt(at) != END) {
      at--;
    }
    if (at < 0) {
      throw wrong("it is no ZIP file, or not all of it");
    }
    long bytes = u32(end, at + 12);
    long start = u32(end, at + 16);
    long locator = size - tail + at - LOCATOR64_BYTES;
    if (locator >= 0) {
      ByteBuffer l = read(locator, LOCATOR64_BYTES);
      if (l.getInt(0) == LOCATOR64) {
        ByteBuffer end64 = read(l.getLong(8), END64_BYTES);
        if (end64.getInt(0) != END64) {
          throw wrong("its 64-bit directory is not where it should be");
        }
        bytes = end64.getLong(40);
        start = end64.getLong(48);
      }
    }
    readEntries(read(start, bytes));
  }

  private void readEntries(ByteBuffer d) throws IOException {
    int at = 0;
    while (at < d.limit()) {
      if (d.limit() - at < CENTRAL_BYTES || d.getInt(at) != CENTRAL) {
        throw wrong("its directory is damaged at byte " + at);
      }
      int name = at + CENTRAL_BYTES;
      int extra = name + u16(d, at + 28);
      int next = extra + u16(d, at + 30) + u16(d, at + 32);
      if (next > d.limit()) {
        throw wrong("its directory is damaged at byte " + at);
      }
      boolean encrypted = (u16(d, at + 8) & 1) != 0;
      long[] sizes = {u32(d, at + 24), u32(d, at + 20), u32(d, at + 42)};
      extend(sizes, d, extra, extra + u16(d, at + 30));
      for (long s : sizes) {
        if (s < 0 || s > size) {
          throw wrong("its directory is damaged at byte " + at + ": " + s + " is beyond the file");
        }
      }
      boolean stored = u16(d, at + 10) == 0 && !encrypted && sizes[0] == sizes[1];
      String path = StandardCharsets.UTF_8.decode(d.slice(name, extra - name)).toString();
      if (entries.put(path, new Entry(stored, sizes[0], sizes[2])) != null) {
        throw wrong("its entry '" + HeaderReader.shown(path) + "' is there twice");
      }
      at = next;
    }
  }

  /** Sizes of more than 32 bits stand in an extra field, in this order, those that need it. */
  private void extend(long[] sizes, ByteBuffer d, int from, int to) throws IOException {
    for (int at = from; at + 4 <= to; ) {
      int id = u16(d, at);
      int value = at + 4;
      int end = value + u16(d, at + 2);
      if (end > to) {
        return; // padding of torch.save may look like that
      }
      if (id == 1) {
        for (int i = 0; i < sizes.length; i++) {
          if (sizes[i] == IN_EXTRA) {
            if (value + Long.BYTES > end) {
              throw wrong("its directory lacks 64-bit sizes");
            }
            sizes[i] = d.getLong(value);
            value += Long.BYTES;
          }
        }
      }
      at = end;
    }
  }

  private ByteBuffer read(long from, long bytes) throws IOException {
    if (from < 0 || bytes < 0 || bytes > MAX_DIRECTORY || from > size - bytes) {
      throw wrong("bytes " + from + " to " + (from + bytes) + " are not in it, or too many");
    }
    ByteBuffer b = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (b.hasRemaining()) {
      if (in.read(b, from + b.position()) < 0) {
        throw new EOFException(file + " was truncated while it was read");
      }
    }
    return b.flip();
  }

  private static int u16(ByteBuffer b, int at) {
    return b.getShort(at) & 0xffff;
  }

  private static long u32(ByteBuffer b, int at) {
    return b.getInt(at) & 0xffffffffL;
  }

  private IOException wrong(String what) {
    return new IOException(file + ": " + what);
  }
}
