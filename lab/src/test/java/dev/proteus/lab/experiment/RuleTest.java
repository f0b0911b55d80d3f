package dev.proteus.lab.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RuleTest {
  private static final Rule HIGHER = Rule.higher("accuracy", "method", "baseline", 0.02);

  @Test
  void aGainOnEverySeedReproduces() {
    assertThat(judge(HIGHER, 0.05, 0.01, 0.03)).isEqualTo(Verdict.REPRODUCED);
    assertThat(judge(HIGHER, 0.01, 0.01, 0.01)).isEqualTo(Verdict.NOT_REPRODUCED);
    assertThat(judge(HIGHER, 0.09, 0.09, -0.01)).isEqualTo(Verdict.NOT_REPRODUCED);
  }

  @Test
  void aLossBeyondItsSpreadContradicts() {
    assertThat(judge(HIGHER, -0.02, -0.03, -0.04)).isEqualTo(Verdict.CONTRADICTED);
    assertThat(judge(HIGHER, -0.02, 0.02, -0.03)).isEqualTo(Verdict.NOT_REPRODUCED);
  }

  @Test
  void aNegativeMarginAllowsALoss() {
    Rule keeps = Rule.higher("accuracy", "method", "baseline", -0.02);
    assertThat(judge(keeps, -0.01, 0.0, -0.015)).isEqualTo(Verdict.REPRODUCED);
    assertThat(judge(keeps, -0.01, 0.0, -0.03)).isEqualTo(Verdict.NOT_REPRODUCED);
    assertThat(judge(keeps, -0.09, -0.08, -0.1)).isEqualTo(Verdict.CONTRADICTED);
  }

  @Test
  void lowerIsBetterTurnsTheSign() {
    Rule lower = Rule.lower("accuracy", "method", "baseline", 0.02);
    assertThat(judge(lower, -0.05, -0.03, -0.02)).isEqualTo(Verdict.REPRODUCED);
    assertThat(judge(lower, 0.05, 0.03, 0.04)).isEqualTo(Verdict.CONTRADICTED);
    assertThat(HIGHER.text())
        .isEqualTo("accuracy: mean of (method - baseline) >= 0.02, and >= 0.0 on every seed");
    assertThat(lower.text()).contains("(baseline - method)");
  }

  @Test
  void withoutABaselineTheArmsOwnValueCounts() {
    Rule least = Rule.atLeast("accuracy", "method", 0.6);
    assertThat(least.text()).isEqualTo("accuracy: mean of method >= 0.6, and >= 0.0 on every seed");
    assertThat(judge(least, 0, 0, 0.1)).isEqualTo(Verdict.REPRODUCED);
    assertThat(judge(least, 0, 0, -0.1)).isEqualTo(Verdict.NOT_REPRODUCED);
    assertThat(judge(least, -1.5, -1.6, -1.7)).isEqualTo(Verdict.CONTRADICTED);
    Rule most = Rule.atMost("accuracy", "method", 0.5);
    assertThat(most.text()).isEqualTo("accuracy: mean of method <= 0.5, and <= 0.5 on every seed");
    assertThat(judge(most, 0, -0.1, -0.2)).isEqualTo(Verdict.REPRODUCED);
    assertThat(judge(most, -0.5, 0, -0.5)).isEqualTo(Verdict.NOT_REPRODUCED);
    assertThat(judge(most, 0.3, 0.2, 0.1)).isEqualTo(Verdict.CONTRADICTED);
  }

  @Test
  void theWorstRuleDecides() {
    Rule other = Rule.lower("accuracy", "method", "baseline", 0.02);
    assertThat(Results.judge(List.of(HIGHER, other), arms(0.05, 0.05, 0.04)))
        .isEqualTo(Verdict.CONTRADICTED);
  }

  @Test
  void namesAMissingMetric() {
    assertThatThrownBy(() -> HIGHER.judge(Map.of("method", Map.of("loss", List.of(1.0)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("accuracy of method and baseline")
        .hasMessageContaining("{method={loss=[1.0]}}");
  }

  private static Verdict judge(Rule rule, double... gains) {
    return rule.judge(arms(gains));
  }

  private static Map<String, Map<String, List<Double>>> arms(double... gains) {
    return Map.of(
        "baseline",
        Map.of("accuracy", List.of(0.5, 0.6, 0.7)),
        "method",
        Map.of("accuracy", List.of(0.5 + gains[0], 0.6 + gains[1], 0.7 + gains[2])));
  }
}
