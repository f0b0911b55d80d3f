package dev.proteus.core.method;

/** Checks of hyper-parameters, for the constructors of records; a failure names the component. */
public final class Require {
  private Require() {}

  public static void positive(String name, double value) {
    require(value > 0 && value < Double.POSITIVE_INFINITY, name, "be positive", value);
  }

  public static void notNegative(String name, double value) {
    require(value >= 0 && value < Double.POSITIVE_INFINITY, name, "be 0 or more", value);
  }

  /** From {@code low} to {@code high}, both included. */
  public static void between(String name, double value, double low, double high) {
    require(
        value >= low && value <= high,
        name,
        "be from " + number(low) + " to " + number(high),
        value);
  }

  /** From 0 to below 1: the share that an average keeps of what it was. */
  public static void decay(String name, double value) {
    require(value >= 0 && value < 1, name, "be 0 or more and below 1", value);
  }

  private static void require(boolean holds, String name, String what, double value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must " + what + ", but is " + number(value));
    }
  }

  /** Whole numbers without a point, as the user wrote them. */
  private static String number(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e15 ? Long.toString((long) v) : Double.toString(v);
  }
}
