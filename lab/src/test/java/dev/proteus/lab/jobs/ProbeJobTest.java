package dev.proteus.lab.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.core.data.Domain;
import dev.proteus.core.data.corrupt.Corruptions;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.lab.jobs.ProbeJob.Shown;
import dev.proteus.methods.domain.ProxyADistance;
import dev.proteus.methods.optim.LayerRotation;
import dev.proteus.models.MlpConfig;
import dev.proteus.models.Model;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProbeJobTest {
  private static final ProbeJob JOB = new ProbeJob(60, 25, 1);

  private static Model model(long seed) {
    try (Generator.Use use = Generator.seeded(seed).use()) {
      return Model.resnet(ResNetConfig.small(1, 10), List.of(), null);
    }
  }

  @Test
  void readsHowFarEachKernelHasTurnedSinceEarlier() {
    Model since = model(1);
    Model now = model(1);
    try (Autograd.Mode off = Autograd.noGrad()) {
      now.net().parameters().get("conv1.weight").value().mul_(-2);
      now.net().parameters().get("fc.weight").value().mul_(3);
    }
    Map<String, Tensor> before = since.net().snapshot();
    Map<String, Double> numbers =
        JOB.run(new LayerRotation(), now, new Shown(since, Digits.test(), null));
    assertThat(numbers).containsKeys("layer2.0.conv1.weight", "fc.weight");
    numbers.forEach(
        (path, r) ->
            assertThat(r).as(path).isCloseTo(path.startsWith("conv1") ? 2 : 0, within(1e-9)));
    since.net().state().forEach((path, t) -> assertThat(t.equal(before.get(path))).isTrue());
  }

  @Test
  void earlierWeightsOfAnotherArchitectureAreRefused() {
    Shown shown = new Shown(Model.mlp(new MlpConfig(4, List.of(3), 2), List.of()), null, null);
    assertThatThrownBy(() -> JOB.run(new LayerRotation(), model(1), shown))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("of another architecture")
        .hasMessageContaining("conv1.weight");
  }

  @Test
  void comparesTwoDomainsOnTheSameSamples() {
    ProxyADistance probe = new ProxyADistance("avgpool");
    Dataset data = Digits.test();
    Model model = model(1);
    Dataset contrast = ProbeJob.shifted(data, new Domain(Corruptions.named("contrast"), 5), 1);
    assertThat(JOB.run(probe, model, new Shown(null, data, data))).containsEntry("avgpool", 0.0);
    assertThat(JOB.run(probe, model, new Shown(null, data, contrast)).get("avgpool"))
        .isGreaterThan(1.5);
  }

  @Test
  void whatAProbeNeedsMustBeThere() {
    assertThatThrownBy(() -> JOB.run(new LayerRotation(), model(1), new Shown(null, null, null)))
        .hasMessageContaining("LayerRotation[] needs EARLIER_WEIGHTS");
    Shown one = new Shown(null, Digits.test(), null);
    assertThatThrownBy(() -> JOB.run(new ProxyADistance("fc"), model(1), one))
        .hasMessageContaining("needs TARGET");
    assertThatThrownBy(() -> new ProbeJob(0, 1, 1)).hasMessageContaining("at least 1");
  }

  /** Counts what passes, by its side. */
  private record Passes() implements Probe {
    @Override
    public Set<Need> needs() {
      return Set.of(Need.DATA, Need.TARGET);
    }

    @Override
    public Watch watch(Layer net) {
      assertThat(net.isTraining()).isFalse();
      Map<ProxyADistance.Side, Double> passed = new EnumMap<>(ProxyADistance.Side.class);
      Slot.Observation seen =
          net.slot("conv1")
              .observe(
                  (in, out) -> {
                    assertThat(out.requiresGrad()).isFalse();
                    passed.merge(ProxyADistance.SIDE.get(), (double) in.size(0), Double::sum);
                  });
      return new Watch() {
        @Override
        public Map<String, Double> read() {
          Map<String, Double> numbers = new HashMap<>();
          passed.forEach((side, n) -> numbers.put(side.name(), n));
          return numbers;
        }

        @Override
        public void close() {
          seen.close();
        }
      };
    }
  }

  @Test
  void noMoreThanTheWantedSamplesPass() {
    Dataset few = Digits.test().subset(new long[] {3, 1, 4});
    assertThat(JOB.run(new Passes(), model(1), new Shown(null, Digits.test(), few)))
        .containsOnly(Map.entry("SOURCE", 60.0), Map.entry("TARGET", 3.0));
  }

  @Test
  void aShiftedDomainHasTheSameImagesChanged() {
    Domain fog = new Domain(Corruptions.named("fog"), 3);
    Dataset data = Digits.test();
    long[] some = {0, 5, 7};
    Tensor once = ProbeJob.shifted(data, fog, 1).get(some).input();
    assertThat(once.equal(ProbeJob.shifted(data, fog, 1).get(some).input())).isTrue();
    assertThat(once.equal(ProbeJob.shifted(data, fog, 2).get(some).input())).isFalse();
    assertThat(once.shape()).isEqualTo(data.get(some).input().shape());
    assertThat(ProbeJob.shifted(data, fog, 1).get(some).target().equal(data.get(some).target()))
        .isTrue();
  }
}
