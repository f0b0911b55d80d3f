package dev.proteus.core.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of its own with this one's class path, for what must not share a process with others. */
public final class ForkedJvm {
  private ForkedJvm() {}

  /** Starts {@code main}; its errors go to this JVM's standard error. */
  public static Process start(Class<?> main, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx256m",
                "-XX:+AlwaysPreTouch", // the heap's share of resident memory is constant
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("OMP_NUM_THREADS", "1");
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines that a process writes. */
  public static BufferedReader output(Process p) {
    return new BufferedReader(new InputStreamReader(p.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Runs {@code main} to its end.
   *
   * @return what it wrote to standard output, line by line
   */
  public static List<String> run(Class<?> main, String... args) {
    Process p = start(main, args);
    try (BufferedReader lines = output(p)) {
      List<String> out = lines.lines().toList();
      int code = p.waitFor();
      if (code != 0) {
        throw new AssertionError(main.getSimpleName() + " ended with code " + code + ": " + out);
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      p.destroyForcibly();
    }
  }

  /** True where the system tells a process' resident memory. */
  public static boolean knowsMemory() {
    return Files.exists(Path.of("/proc/self/status"));
  }

  /** Resident memory of this process in bytes; {@code VmRSS} now, {@code VmHWM} at its highest. */
  public static long memory(String field) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(field + ":")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("no " + field + " in /proc/self/status");
  }
}
