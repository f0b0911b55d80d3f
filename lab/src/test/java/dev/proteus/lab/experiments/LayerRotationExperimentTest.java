package dev.proteus.lab.experiments;

import static dev.proteus.lab.experiments.LayerRotationExperiment.spearman;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class LayerRotationExperimentTest {
  @Test
  void theCorrelationIsOfRanksAndTiesShareTheirs() {
    assertThat(spearman(new double[] {1, 5, 9}, new double[] {2, 3, 100})).isEqualTo(1);
    assertThat(spearman(new double[] {1, 5, 9}, new double[] {3, 2, -100})).isEqualTo(-1);
    // ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4
    double tied = spearman(new double[] {1, 2, 2, 3}, new double[] {1, 3, 2, 4});
    assertThat(tied).isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-15));
  }
}
