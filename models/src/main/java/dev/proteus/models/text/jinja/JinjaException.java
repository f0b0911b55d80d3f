package dev.proteus.models.text.jinja;

/** A template that cannot be read or carried out; the message says where and why. */
public final class JinjaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JinjaException(String message) {
    super(message);
  }
}
