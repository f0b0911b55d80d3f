package dev.proteus.core.io;

import java.io.IOException;
import java.nio.file.Path;

/** A safetensors file that breaks the format: which file, which key, and how. */
public final class SafetensorsException extends IOException {
  private static final long serialVersionUID = 1L;

  SafetensorsException(Path file, String message) {
    super(file + ": " + message);
  }

  SafetensorsException(Path file, String message, Throwable cause) {
    super(file + ": " + message, cause);
  }
}
