package dev.proteus.lab.run;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** On what a run runs: versions and machine, without names of users or hosts. */
public final class Provenance {
  private Provenance() {}

  /** Of Proteus, libtorch and the Java virtual machine. */
  public static Map<String, String> versions() {
    Properties built = new Properties();
    try (InputStream in = Provenance.class.getResourceAsStream("versions.properties")) {
      built.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the versions", e);
    }
    Map<String, String> versions = new TreeMap<>();
    built.forEach((name, version) -> versions.put(name.toString(), version.toString()));
    versions.put("java", System.getProperty("java.version"));
    return versions;
  }

  /** Operating system, architecture and number of cores. */
  public static Map<String, String> machine() {
    Map<String, String> machine = new TreeMap<>();
    machine.put("os", System.getProperty("os.name"));
    machine.put("architecture", System.getProperty("os.arch"));
    machine.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    return machine;
  }

  /** The git commit that a folder is at, with "-dirty" where it has changes; empty without git. */
  public static Optional<String> commit(Path folder) {
    try {
      Process git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
              .directory(folder.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean ended = git.waitFor(10, TimeUnit.SECONDS);
      return ended && git.exitValue() == 0 ? Optional.of(commit.strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
