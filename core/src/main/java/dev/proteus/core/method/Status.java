package dev.proteus.core.method;

import java.util.Locale;

/**
 * How far a method of the catalogue has come, in this order. It is earned by what is on the class
 * path, never typed in, and each status needs the ones before it, but for {@link #CLAIM}: a method
 * without an official implementation gets there from {@link #EXACT}.
 */
public enum Status {
  /** Nothing is there yet. */
  PLANNED,
  /** A type carries the {@link Paper}. */
  BUILT,
  /** Its exact checks passed on the present code. */
  EXACT,
  /** It equals the official implementation's output on stored fixtures. */
  REFERENCE,
  /** Its experiment has a stored result of the present code, reproduced or not. */
  CLAIM;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
