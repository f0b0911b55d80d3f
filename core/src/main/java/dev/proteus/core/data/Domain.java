package dev.proteus.core.data;

import java.util.ArrayList;
import java.util.List;

/**
 * A shift at one severity: where the samples of a stream come from.
 *
 * @param severity from 1 to 5
 */
public record Domain(Shift shift, int severity) {
  private static final int MOST = 5;

  public Domain {
    if (severity < 1 || severity > MOST) {
      throw new IllegalArgumentException(
          "severity of " + shift.name() + " must be from 1 to 5, but is " + severity);
    }
  }

  /** The shifts one after the other at one severity: a continually changing domain. */
  public static List<Domain> each(List<? extends Shift> shifts, int severity) {
    return shifts.stream().map(s -> new Domain(s, severity)).toList();
  }

  /** Each shift with severities 1 2 3 4 5 4 3 2 1, then the next: a gradually changing domain. */
  public static List<Domain> ramp(List<? extends Shift> shifts) {
    List<Domain> out = new ArrayList<>();
    for (Shift shift : shifts) {
      for (int step = 1; step < 2 * MOST; step++) {
        out.add(new Domain(shift, Math.min(step, 2 * MOST - step)));
      }
    }
    return out;
  }

  /** Name of the shift and severity, such as {@code fog 5}. */
  public String name() {
    return shift.name() + " " + severity;
  }
}
