package dev.proteus.core.data.corrupt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Identities of what the corruptions are made of. */
class FilterTest {
  private static int[] around(IntBinaryOperator border) {
    return IntStream.range(-4, 8).map(i -> border.applyAsInt(i, 3)).toArray();
  }

  @Test
  void bordersRepeatAsNamed() {
    assertThat(around(Resample::nearest)).containsExactly(0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2);
    assertThat(around(Resample::mirrored)).containsExactly(2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1);
    assertThat(around(Resample::mirroredAboutPixel))
        .containsExactly(0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1);
  }

  @Test
  void gaussianRowsSumToOneAndSigmaZeroChangesNothing() {
    Tensor wide = Resample.gaussian(5, 40, 3, Resample::mirrored);
    assertThat(wide.sum(1, false).sub(1).abs().amax().item()).isLessThan(1e-12);
    assertThat(
            Resample.gaussian(5, 0, 3, Resample::mirrored).equal(Tensor.eye(5).to(DType.FLOAT64)))
        .isTrue();
  }

  @Test
  void defocusDisksSumToOneWhereTheyDoNotFillTheirGrid() {
    assertThat(sumOfDisk(0.3)).isCloseTo(1, within(1e-5));
    assertThat(sumOfDisk(1.5)).isCloseTo(1, within(1e-5));
    assertThat(sumOfDisk(6)).isCloseTo(1, within(1e-5));
    // checked against OpenCV's GaussianBlur of the published disks
    assertThat(sumOfDisk(8)).isCloseTo(1.0129755, within(1e-6));
    assertThat(sumOfDisk(10)).isCloseTo(1.0107858, within(1e-6));
  }

  private static double sumOfDisk(double radius) {
    double sum = 0;
    for (float[] row : DefocusBlur.disk(radius, 0.5)) {
      for (float w : row) {
        sum += w;
      }
    }
    return sum;
  }

  @Test
  void aTrailMovesAPointAgainstItsAngle() {
    Tensor x = Tensor.zeros(DType.FLOAT64, 2, 1, 9, 9);
    x.select(0, 0).select(1, 4).select(1, 4).fill_(255);
    x.select(0, 1).select(1, 4).select(1, 4).fill_(255);
    Tensor y = MotionBlur.trail(x, 1, 1, new double[] {0, -90});
    double sum = 1 + Math.exp(-0.5) + Math.exp(-2);
    for (int i = 0; i < 3; i++) {
      double expected = Math.floor(255 * Math.exp(-0.5 * i * i) / sum);
      assertThat(y.get(0).get(0).get(4).get(4 - i).item()).isEqualTo(expected);
      assertThat(y.get(1).get(0).get(4 + i).get(4).item()).isEqualTo(expected);
    }
  }

  @Test
  void zoomByOneChangesNothingAndKeepsLinesStraight() {
    Tensor ramp = Tensor.arange(20).to(DType.FLOAT64).expand(1, 1, 20, 20);
    assertThat(Zoom.in(ramp, 1).allClose(ramp, 0, 1e-12)).isTrue();
    double[] row = Zoom.in(ramp, 2).get(0).get(0).get(7).toDoubles();
    for (int i = 0; i < 20; i++) {
      // the middle ten pixels over twenty
      assertThat(row[i]).isCloseTo(5 + i * 9 / 19.0, within(1e-12));
    }
  }

  @Test
  void plasmaFillsItsRangeAndDiffersByImage() {
    Tensor p = Fog.plasma(2, 16, 2, Draws.from(Generator.seeded(1)));
    assertThat(p.amin(new int[] {1, 2}, false).toDoubles()).containsExactly(0, 0);
    assertThat(p.amax(new int[] {1, 2}, false).toDoubles()).containsExactly(1, 1);
    assertThat(p.get(0).equal(p.get(1))).isFalse();
  }
}
