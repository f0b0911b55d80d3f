package dev.proteus.lab.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Digits;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunRecord;
import dev.proteus.lab.run.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentRunnerTest {
  @TempDir Path folder;
  private RunStore store;
  private final List<String> progress = new ArrayList<>();

  @BeforeEach
  void open() {
    store = RunStore.open(folder.resolve("runs.db"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void comparesArmsOnSeeds() throws IOException {
    Results results = runner("abc").run(new ScalingExperiment());
    assertThat(results.verdict()).isEqualTo(Verdict.REPRODUCED);
    assertThat(results.arms()).containsOnlyKeys("raw", "standardised");
    assertThat(results.arms().get("raw").get("accuracy")).hasSize(3).doesNotHaveDuplicates();
    assertThat(results.gain(results.rules().get(0)).min()).isGreaterThan(0.02);
    assertThat(results.code()).isEqualTo("abc");
    assertThat(results.data()).containsOnlyKeys("digits");
    assertThat(results.seconds().get("raw")).hasSize(3);
    assertThat(store.runs()).hasSize(6);
    assertThat(store.metrics(1).get("loss")).hasSize(30);

    Path file = results.write(folder.resolve("results"));
    assertThat(file).hasFileName("input-scaling.json");
    assertThat(Results.parse("a", Files.readAllBytes(file))).isEqualTo(results);
  }

  @Test
  void aPageShowsVerdictNumbersAndCurves() {
    Results results = runner("abc").run(new ScalingExperiment());
    String page = ExperimentReport.page(results, store).html();
    assertThat(page)
        .contains("<h1>input-scaling: reproduced</h1>")
        .contains("accuracy: mean of (standardised - raw) &gt;= 0.02")
        .contains("loss over the steps, seed 1.")
        .contains(results.data().get("digits"));
  }

  @Test
  void equalSeedsGiveEqualNumbers() {
    Results first = runner("abc").run(new ScalingExperiment());
    Results again = runner("def").run(new ScalingExperiment());
    assertThat(again.arms()).isEqualTo(first.arms());
    assertThat(store.runs()).hasSize(12);
  }

  @Test
  void goesOnAfterAnInterruption() {
    ScalingExperiment broken = new ScalingExperiment();
    broken.breakAt = "raw2";
    assertThatThrownBy(() -> runner("abc").run(broken)).hasMessage("broken off");
    assertThat(broken.runs).isEqualTo(2);
    assertThat(store.runs().get(0).status()).isEqualTo(RunRecord.Status.FAILED);
    assertThat(store.runs().get(0).error()).contains("broken off");

    ScalingExperiment whole = new ScalingExperiment();
    Results results = runner("abc").run(whole);
    assertThat(whole.runs).isEqualTo(4);
    assertThat(progress).contains("input-scaling, seed 1, raw: from run 1");
    assertThat(results.arms()).isEqualTo(runner("def").run(new ScalingExperiment()).arms());
  }

  @Test
  void refusesWhatProvesNothing() {
    assertThatThrownBy(() -> runner("a").run(stub(List.of(1L, 2L, 2L), (arm, seed) -> 1.0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Experiment stub needs three different seeds or more, but has [1, 2, 2]");
    assertThatThrownBy(
            () ->
                runner("a")
                    .run(stub(List.of(1L, 2L, 3L), (arm, seed) -> seed == 2 ? Double.NaN : 1.0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("stub, seed 2, a: loss is NaN");
  }

  @Test
  void aChecksumSeesEveryValue() {
    String digits = Checksum.of(Digits.all());
    assertThat(digits).matches("[0-9a-f]{64}").isEqualTo(Checksum.of(Digits.all()));
    var changed = Digits.all();
    changed.input().select(0, 1500).fill_(1);
    assertThat(Checksum.of(changed)).isNotEqualTo(digits);
  }

  private ExperimentRunner runner(String code) {
    return new ExperimentRunner(store, code, progress::add);
  }

  private static Experiment stub(List<Long> seeds, BiFunction<String, Long, Double> loss) {
    return new Experiment() {
      @Override
      public String id() {
        return "stub";
      }

      @Override
      public String claim() {
        return "";
      }

      @Override
      public String setting() {
        return "";
      }

      @Override
      public List<Long> seeds() {
        return seeds;
      }

      @Override
      public List<String> arms() {
        return List.of("a", "b");
      }

      @Override
      public List<Rule> rules() {
        return List.of(Rule.lower("loss", "b", "a", 0));
      }

      @Override
      public Map<String, Dataset> data() {
        return Map.of();
      }

      @Override
      public Map<String, Double> run(String arm, long seed, Run run) {
        return Map.of("loss", loss.apply(arm, seed));
      }
    };
  }
}
