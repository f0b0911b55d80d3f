package dev.proteus.core.tensor;

/** An operation that the engine refused: which one, on which shapes, and why, in one line. */
public final class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TensorException(String message) {
    super(message);
  }

  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
