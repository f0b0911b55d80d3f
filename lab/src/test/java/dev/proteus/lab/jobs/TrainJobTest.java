package dev.proteus.lab.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.data.Digits;
import dev.proteus.core.data.Splits;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.models.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainJobTest {
  private static final TrainingListener SILENT = new TrainingListener() {};

  @TempDir Path folder;

  @Test
  void vectorsTrainAPerceptronThatItsFolderHolds() throws IOException {
    Tensor x = Generator.seeded(1).normal(5, 3, 300, 4);
    Tensor y = x.select(1, 0).gt(x.select(1, 1)).to(DType.INT64);
    TensorDataset all = new TensorDataset(x, y, 2);
    Splits data = Splits.holdOut(all, 0.2, 1);
    TrainJob.Result r = new TrainJob(new Backprop(), 30, 16, 0, 1).run(data, folder, SILENT);
    assertThat(r.test().get("accuracy")).isGreaterThan(0.85);
    Model loaded = Model.load(folder);
    assertThat(Evaluator.evaluate(loaded.net(), data.test(), 64).accuracy())
        .isEqualTo(r.test().get("accuracy"));
    assertThat(folder.resolve("training.safetensors")).doesNotExist();
    assertThat(folder.resolve("events")).isNotEmptyDirectory();
  }

  @Test
  void imagesTrainAResidualNetworkWithTheirOwnStatistics() throws IOException {
    Splits digits =
        new Splits(
            Digits.train().subset(LongStream.range(0, 200).toArray()),
            Digits.test().subset(LongStream.range(0, 50).toArray()));
    TrainJob.Result r = new TrainJob(new Backprop(), 1, 50, 0, 1).run(digits, folder, SILENT);
    assertThat(r.model().preprocessing().mean()).hasSize(1);
    assertThat(r.validation()).containsKeys("accuracy");
    assertThat(Model.load(folder).labels()).hasSize(10);
  }

  @Test
  void dataWithoutClassesAreRefused() {
    Splits values = new Splits(new TensorDataset(Tensor.ones(8, 2), Tensor.ones(8), 0), null);
    assertThatThrownBy(() -> new TrainJob(new Backprop(), 1, 4, 0, 1).run(values, folder, SILENT))
        .hasMessageContaining("needs data with classes");
  }
}
