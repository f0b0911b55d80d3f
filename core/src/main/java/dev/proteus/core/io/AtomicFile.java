package dev.proteus.core.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Files that are whole or not there: written under another name in the same folder, forced to the
 * disk, then moved. A crash at any moment leaves what was at the path before; a program that has
 * the old file mapped keeps it.
 */
public final class AtomicFile {
  /** Temporary files this old belong to a writer that was killed. */
  private static final Duration STALE = Duration.ofHours(1);

  private AtomicFile() {}

  /** Writes a file's content. */
  @FunctionalInterface
  public interface Content {
    void writeTo(FileChannel out) throws IOException;
  }

  /**
   * Writes a file, and the folders that it needs.
   *
   * @throws IOException if it could not be written; the path is as it was before
   */
  public static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || Files.isDirectory(target)) {
      throw new IOException("cannot write a file at " + file + ": it is a folder");
    }
    Files.createDirectories(folder);
    String prefix = "." + target.getFileName() + ".";
    removeStale(folder, prefix);
    Path temporary = folder.resolve(prefix + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel out =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(out);
        out.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (Throwable t) {
      Files.deleteIfExists(temporary);
      throw t;
    }
    forceFolder(folder);
  }

  /** Writes text as UTF-8. */
  public static void write(Path file, String text) throws IOException {
    write(file, out -> writeAll(out, StandardCharsets.UTF_8.encode(text)));
  }

  /** A channel may take less than it is given; this goes on until it has all. */
  static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static void removeStale(Path folder, String prefix) throws IOException {
    Instant limit = Instant.now().minus(STALE);
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            folder,
            p -> {
              String name = p.getFileName().toString();
              return name.startsWith(prefix) && name.endsWith(".tmp");
            })) {
      for (Path p : files) {
        if (Files.getLastModifiedTime(p).toInstant().isBefore(limit)) {
          Files.deleteIfExists(p);
        }
      }
    } catch (NoSuchFileException e) {
      // Another writer finished in between: there is nothing left to remove.
    }
  }

  /** Makes the move itself survive a power cut; some systems cannot open folders, and need not. */
  private static void forceFolder(Path folder) {
    try (FileChannel f = FileChannel.open(folder, StandardOpenOption.READ)) {
      f.force(true);
    } catch (IOException e) {
      // Windows: the move is journalled by the file system.
    }
  }
}
