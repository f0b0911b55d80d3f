package dev.proteus.core.io;

import java.nio.file.Path;

/** The folder of a user's runs, caches and results: {@code PROTEUS_HOME}, else ~/.proteus. */
public final class Home {
  private Home() {}

  public static Path folder() {
    String home = System.getenv("PROTEUS_HOME");
    return home == null || home.isBlank()
        ? Path.of(System.getProperty("user.home"), ".proteus")
        : Path.of(home).toAbsolutePath();
  }
}
