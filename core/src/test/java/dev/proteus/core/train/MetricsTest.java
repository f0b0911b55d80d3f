package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Offset<Double> EXACT = within(1e-12);

  /** Logits whose softmax is exactly these probabilities. */
  private static Tensor logits(double[]... p) {
    Tensor[] rows = new Tensor[p.length];
    for (int i = 0; i < p.length; i++) {
      rows[i] = Tensor.of(p[i], p[i].length).log();
    }
    return Tensor.stack(0, rows);
  }

  private static Tensor classes(long... c) {
    return Tensor.of(c, c.length);
  }

  // Predicted 0, 0, 1, 2 for targets 0, 1, 1, 0.
  private static final double[][] P = {
    {0.7, 0.2, 0.1}, {0.5, 0.4, 0.1}, {0.25, 0.5, 0.25}, {0.3, 0.1, 0.6}
  };

  @Test
  void numbersOfFourSamplesByHand() {
    Tensor y = logits(P);
    Tensor t = classes(0, 1, 1, 0);
    assertThat(Metrics.accuracy(y, t)).isEqualTo(0.5);
    assertThat(Metrics.topK(y, t, 2)).isEqualTo(1);
    double nll = -(Math.log(0.7) + Math.log(0.4) + Math.log(0.5) + Math.log(0.3)) / 4;
    assertThat(Metrics.negativeLogLikelihood(y, t)).isCloseTo(nll, EXACT);
    // (.09+.04+.01) + (.25+.36+.01) + (.0625+.25+.0625) + (.49+.01+.36)
    assertThat(Metrics.brier(y, t)).isCloseTo((0.14 + 0.62 + 0.375 + 0.86) / 4, EXACT);
    // bins of 1/15: .7 hits alone; .5 hits once of two; .6 misses alone
    double ece = (0.3 + 2 * Math.abs(0.5 - 0.5) + 0.6) / 4;
    assertThat(Metrics.calibrationError(y, t)).isCloseTo(ece, EXACT);
    Tensor confusion = Metrics.confusion(y.argmax(-1), t, 3);
    assertThat(confusion.toLongs()).containsExactly(1, 0, 1, 1, 1, 0, 0, 0, 0);
    assertThat(Metrics.precision(confusion).toDoubles()).containsExactly(0.5, 1, 0);
    assertThat(Metrics.recall(confusion).toDoubles()).containsExactly(0.5, 0.5, 0);
    assertThat(Metrics.macroF1(confusion)).isCloseTo((0.5 + 2.0 / 3 + 0) / 3, EXACT);
  }

  @Test
  void macroF1LeavesOutClassesThatNeverOccur() {
    Tensor confusion = Metrics.confusion(classes(0, 1), classes(0, 1), 5);
    assertThat(Metrics.macroF1(confusion)).isEqualTo(1);
  }

  @Test
  void confidenceOnAnEdgeBelongsToTheBinBelow() {
    // 2/3 is the right edge of bin 10 (0.6, 2/3]; certainty is in the last bin
    Tensor p = Tensor.of(new double[] {0.65, 0.35, 0.0, 1.0}, 2, 2);
    assertThat(Metrics.bins(p, classes(0, 1)).get(0).nonzero().toLongs()).containsExactly(9, 14);
  }

  @Test
  void equalLogitsAreNoHitForEveryone() {
    Tensor flat = Tensor.zeros(4, 4);
    assertThat(Metrics.accuracy(flat, classes(0, 1, 2, 3))).isEqualTo(0.25);
    assertThat(Metrics.topK(flat, classes(0, 1, 2, 3), 3)).isEqualTo(0.75);
  }

  @Test
  void notANumberIsNoHit() {
    Tensor y = Tensor.full(Double.NaN, 2, 3);
    assertThat(Metrics.topK(y, classes(0, 2), 3)).isZero();
    assertThat(Metrics.negativeLogLikelihood(y, classes(0, 2))).isNaN();
  }

  @Test
  void errorsOfValuesByHand() {
    Tensor a = Tensor.vector(1, 2, 5);
    Tensor b = Tensor.vector(2, 2, 3);
    assertThat(Metrics.meanAbsoluteError(a, b)).isEqualTo(1);
    assertThat(Metrics.meanSquaredError(a, b)).isCloseTo(5.0 / 3, EXACT);
  }

  @Test
  void numbersAreThoseOfScikitLearn() {
    Fixture f = Fixture.read("metric/classes");
    Tensor logits = f.get("logits");
    Tensor target = f.get("target");
    Evaluation e = new Evaluation(7);
    for (int from = 0; from < 300; from += 64) {
      int to = Math.min(300, from + 64);
      e.add(logits.slice(0, from, to), target.slice(0, from, to));
    }
    assertThat(e.samples()).isEqualTo(300);
    assertThat(e.accuracy()).isEqualTo(f.get("accuracy").item());
    assertThat(e.topK(2)).isEqualTo(f.get("top.2").item());
    assertThat(e.topK(3)).isEqualTo(f.get("top.3").item());
    assertThat(e.topK(7)).isEqualTo(1);
    assertThat(e.macroF1()).isCloseTo(f.get("macro_f1").item(), EXACT);
    assertThat(e.precision()).containsExactly(f.get("precision").toDoubles(), EXACT);
    assertThat(e.recall()).containsExactly(f.get("recall").toDoubles(), EXACT);
    assertThat(e.confusion().equal(f.get("confusion"))).isTrue();
    assertThat(e.negativeLogLikelihood()).isCloseTo(f.get("nll").item(), EXACT);
    assertThat(e.brier()).isCloseTo(f.get("brier").item(), EXACT);
    assertThat(e.calibrationError()).isCloseTo(f.get("ece").item(), EXACT);
    assertThat(Metrics.negativeLogLikelihood(logits, target)).isCloseTo(f.get("nll").item(), EXACT);
    assertThat(Metrics.brier(logits, target)).isCloseTo(f.get("brier").item(), EXACT);
    assertThat(Metrics.calibrationError(logits, target)).isCloseTo(f.get("ece").item(), EXACT);

    Fixture v = Fixture.read("metric/values");
    Evaluation values = new Evaluation(0);
    for (int from = 0; from < 50; from += 20) {
      int to = Math.min(50, from + 20);
      values.add(v.get("prediction").slice(0, from, to), v.get("target").slice(0, from, to));
    }
    assertThat(values.meanAbsoluteError()).isCloseTo(v.get("mae").item(), EXACT);
    assertThat(values.meanSquaredError()).isCloseTo(v.get("mse").item(), EXACT);
    assertThat(values.numbers())
        .isEqualTo(Map.of("mae", values.meanAbsoluteError(), "mse", values.meanSquaredError()));
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    Evaluation e = new Evaluation(3);
    assertThatThrownBy(() -> e.add(Tensor.zeros(4, 2), classes(0, 1, 1, 0)))
        .hasMessage("expected logits [N, 3] and classes [N], got [4, 2] float32 and [4] int64");
    assertThatThrownBy(() -> e.add(Tensor.zeros(2, 3), classes(0, 3)))
        .hasMessage("targets must be classes 0 to 2, but go from 0 to 3");
    assertThatThrownBy(() -> e.add(Tensor.zeros(2, 3), null)).hasMessageContaining("targets");
    assertThatThrownBy(e::meanSquaredError).hasMessageContaining("of classes");
    assertThatThrownBy(() -> e.topK(4)).hasMessage("k must be 1 to 3, but is 4");
    assertThatThrownBy(() -> new Evaluation(0).add(Tensor.zeros(2), Tensor.zeros(2, 1)))
        .hasMessageContaining("of one shape");
    assertThatThrownBy(new Evaluation(0)::accuracy).hasMessageContaining("of values");
    assertThat(e.samples()).isZero();
    assertThat(e.add(Tensor.zeros(DType.FLOAT32, 1, 3), classes(0)).accuracy()).isEqualTo(1);
  }
}
