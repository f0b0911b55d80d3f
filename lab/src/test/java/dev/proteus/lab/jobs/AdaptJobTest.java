package dev.proteus.lab.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.Order;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.tta.AlphaBnCore;
import dev.proteus.methods.tta.AlphaBnCore.CoreLoss;
import dev.proteus.models.Model;
import dev.proteus.models.Preprocessing;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.LinkedHashMap;
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

  private static final Dataset DATA = FashionMnist.test().subset(LongStream.range(0, 50).toArray());
  private static final AdaptJob JOB =
      new AdaptJob(
          List.of(Corruptions.named("fog"), Corruptions.named("contrast")), 5, Order.iid(), 20, 3);

  @Test
  void everyMethodMeetsEveryShiftFromTheSameStart() {
    Model model = model();
    Map<String, Tensor> before = model.net().snapshot();
    AdaptJob.Result r = JOB.run(model, DATA, Map.of("same", new AlphaBnCore(1, CoreLoss.NONE, 1)));
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

  /** An adapter that wants another network. */
  private record Choosy() implements OnlineAdapter {
    @Override
    public Session attach(Layer net) {
      throw new IllegalArgumentException("there is no layer of attention in it");
    }
  }

  @Test
  void whatDoesNotFitIsAnErrorOrLeftOutWithItsReason() {
    Map<String, OnlineAdapter> adapters = new LinkedHashMap<>();
    adapters.put("choosy", new Choosy());
    adapters.put("alpha", new AlphaBnCore(0.5, CoreLoss.NONE, 1));
    Model model = model();
    AdaptJob.Result r = JOB.runFitting(model, DATA, adapters);
    assertThat(r.methods())
        .extracting(AdaptJob.Row::method)
        .containsExactly(AdaptJob.SOURCE, "alpha");
    assertThat(r.refused())
        .containsExactly(new AdaptJob.Refusal("choosy", "there is no layer of attention in it"));
    assertThat(AdaptReport.refused(r).text())
        .contains("choosy", "because", "no layer of attention");
    assertThat(AdaptReport.page(r, "a network").html()).contains("no layer of attention");
    assertThat(new JsonMapper().valueToTree(r).at("/refused/0/method").asText())
        .isEqualTo("choosy");
    assertThatThrownBy(() -> JOB.run(model, DATA, adapters))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("choosy: there is no layer of attention in it");
  }

  @Test
  void adaptersAloneReachTheSame() {
    Map<String, OnlineAdapter> adapters =
        Map.of("alpha", new AlphaBnCore(0.5, CoreLoss.PLAIN, 1e-3));
    Model model = model();
    AdaptJob.Row beside = JOB.run(model, DATA, adapters).methods().get(1);
    AdaptJob.Row alone = JOB.adapted(model, DATA, adapters).get(0);
    assertThat(alone.corruptions()).isEqualTo(beside.corruptions());
    assertThat(alone.method()).isEqualTo("alpha");
    assertThat(alone.addedMemoryBytes()).isNull();
  }
}
