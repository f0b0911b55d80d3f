package dev.proteus.models.diffusion;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.stream.IntStream;

/**
 * Which of the steps of training a shorter sampling takes.
 *
 * @see <a href="https://arxiv.org/abs/2305.08891">Common Diffusion Noise Schedules and Sample Steps
 *     are Flawed</a>, table 2
 */
public enum Spacing {
  /** 0, r, 2 r, … with r = floor(T / n). */
  @JsonProperty("leading")
  LEADING,
  /** T - 1, T - 1 - r, … with r = T / n, rounded: begins with pure noise. */
  @JsonProperty("trailing")
  TRAILING,
  /** Evenly from 0 to T - 1, rounded. */
  @JsonProperty("linspace")
  LINSPACE;

  /**
   * The steps, from the last to the first.
   *
   * @param total T, of training
   * @param n at most T
   * @param offset added, by {@link #LEADING} only
   */
  int[] timesteps(int total, int n, int offset) {
    int ratio = total / n;
    // rint rounds halves to even, as NumPy does.
    return switch (this) {
      case LEADING -> steps(n, i -> (n - 1 - i) * ratio + offset);
      case TRAILING -> steps(n, i -> total - i * ((double) total / n) - 1);
      case LINSPACE -> steps(n, i -> n == 1 ? 0 : (n - 1 - i) * ((total - 1.0) / (n - 1)));
    };
  }

  private static int[] steps(int n, java.util.function.IntToDoubleFunction f) {
    return IntStream.range(0, n).map(i -> (int) Math.rint(f.applyAsDouble(i))).toArray();
  }
}
