package dev.proteus.lab.experiment;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proteus.lab.report.Spread;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What must come out for a claim to be reproduced, said in advance. With d the gain of an arm over
 * another (their difference on the same seed, positive for better; without a baseline the arm's own
 * value) and m the margin:
 *
 * <pre>
 *   reproduced     mean(d) &gt;= m, and every seed's d &gt;= min(m, 0)
 *   contradicted   mean(d) + std(d) &lt; min(m, 0)
 * </pre>
 *
 * @param metric that is compared
 * @param arm that the claim is about
 * @param baseline that it is compared with; null for a bound on the arm's own value
 * @param higherIsBetter false for losses, times and sizes
 * @param margin that the gain must reach; negative for "loses no more than"
 */
@JsonIgnoreProperties(value = "text", allowGetters = true)
public record Rule(
    String metric, String arm, String baseline, boolean higherIsBetter, double margin) {

  /** The arm's metric exceeds the baseline's by the margin. */
  public static Rule higher(String metric, String arm, String baseline, double margin) {
    return new Rule(metric, arm, baseline, true, margin);
  }

  /** The arm's metric stays below the baseline's by the margin. */
  public static Rule lower(String metric, String arm, String baseline, double margin) {
    return new Rule(metric, arm, baseline, false, margin);
  }

  /** The arm's metric itself is at least {@code value}. */
  public static Rule atLeast(String metric, String arm, double value) {
    return new Rule(metric, arm, null, true, value);
  }

  /** The arm's metric itself is at most {@code value}. */
  public static Rule atMost(String metric, String arm, double value) {
    return new Rule(metric, arm, null, false, -value);
  }

  /** The rule in a sentence. */
  @JsonProperty("text")
  public String text() {
    double least = Math.min(margin, 0);
    if (baseline == null) {
      return higherIsBetter
          ? "%s: mean of %s >= %s, and >= %s on every seed".formatted(metric, arm, margin, least)
          : "%s: mean of %s <= %s, and <= %s on every seed".formatted(metric, arm, -margin, -least);
    }
    String gain = higherIsBetter ? arm + " - " + baseline : baseline + " - " + arm;
    return "%s: mean of (%s) >= %s, and >= %s on every seed".formatted(metric, gain, margin, least);
  }

  /**
   * The gain on each seed.
   *
   * @param arms metrics by arm, each with a value a seed
   */
  public List<Double> gains(Map<String, Map<String, List<Double>>> arms) {
    double sign = higherIsBetter ? 1 : -1;
    List<Double> with = values(arms, arm);
    if (baseline == null) {
      return with.stream().map(v -> sign * v).toList();
    }
    List<Double> without = values(arms, baseline);
    return IntStream.range(0, with.size())
        .mapToObj(i -> sign * (with.get(i) - without.get(i)))
        .toList();
  }

  /** Judges the metrics of all arms. */
  public Verdict judge(Map<String, Map<String, List<Double>>> arms) {
    Spread gain = Spread.of(gains(arms));
    double least = Math.min(margin, 0);
    if (gain.mean() >= margin && gain.min() >= least) {
      return Verdict.REPRODUCED;
    }
    return gain.mean() + gain.std() < least ? Verdict.CONTRADICTED : Verdict.NOT_REPRODUCED;
  }

  private List<Double> values(Map<String, Map<String, List<Double>>> arms, String name) {
    List<Double> values = arms.getOrDefault(name, Map.of()).get(metric);
    if (values == null) {
      throw new IllegalArgumentException(
          "The rule compares %s of %s and %s, but the arms have %s"
              .formatted(metric, arm, baseline, arms));
    }
    return values;
  }
}
