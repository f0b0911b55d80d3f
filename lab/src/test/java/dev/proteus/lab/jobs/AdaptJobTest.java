package dev.proteus.lab.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.Order;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.tta.AlphaBnCore;
import dev.proteus.methods.tta.AlphaBnCore.CoreLoss;
import dev.proteus.models.Model;
import dev.proteus.models.Preprocessing;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AdaptJobTest {
  private static Model model() {
    try (Generator.Use use = Generator.seeded(1).use()) {
      Model m =
          Model.resnet(
              ResNetConfig.small(1, 10),
              FashionMnist.CLASSES,
              Preprocessing.of(FashionMnist.NORMALISE));
      m.net().forward(Generator.current().normal(0, 1, 16, 1, 28, 28));
      m.net().eval();
      return m;
    }
  }

  @Test
  void everyMethodMeetsEveryShiftFromTheSameStart() {
    Dataset data = FashionMnist.test().subset(LongStream.range(0, 50).toArray());
    AdaptJob job =
        new AdaptJob(
            List.of(Corruptions.named("fog"), Corruptions.named("contrast")),
            5,
            Order.iid(),
            20,
            3);
    Model model = model();
    Map<String, Tensor> before = model.net().snapshot();
    AdaptJob.Result r = job.run(model, data, Map.of("same", new AlphaBnCore(1, CoreLoss.NONE, 1)));
    AdaptJob.Row source = r.methods().get(0);
    AdaptJob.Row same = r.methods().get(1);
    assertThat(source.method()).isEqualTo(AdaptJob.SOURCE);
    assertThat(source.corruptions()).containsOnlyKeys("fog", "contrast");
    // alpha = 1 is the source network, so that its whole row must agree
    assertThat(same.corruptions()).isEqualTo(source.corruptions());
    assertThat(source.mean())
        .isCloseTo(
            (source.corruptions().get("fog") + source.corruptions().get("contrast")) / 2,
            within(1e-12));
    assertThat(source.samplesPerSecond()).isPositive();
    assertThat(r.samples()).isEqualTo(50);
    model
        .net()
        .snapshot()
        .forEach((path, t) -> assertThat(t.equal(before.get(path))).as(path).isTrue());
  }
}
