package dev.proteus.lab.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The highest resident memory of this process, on systems that tell (Linux). */
final class PeakMemory {
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final Path STATUS = Path.of("/proc/self/status");

  private PeakMemory() {}

  /** Starts a new measurement: the peak is the present size from here on. */
  static void reset() {
    if (Files.isWritable(CLEAR)) {
      // What earlier work left to the collector must not count as free room for later work.
      System.gc();
      try {
        Files.writeString(CLEAR, "5");
      } catch (IOException e) {
        // bytes() tells: without a reset there is no peak to speak of
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Bytes since the last reset, or null where the system does not tell. */
  static Long bytes() {
    if (!Files.isWritable(CLEAR)) {
      return null;
    }
    try {
      List<String> lines = Files.readAllLines(STATUS);
      return lines.stream()
          .filter(l -> l.startsWith("VmHWM:"))
          .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
