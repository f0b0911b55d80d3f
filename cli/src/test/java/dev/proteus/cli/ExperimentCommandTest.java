package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.lab.experiment.Experiment;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.experiments.Experiments;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExperimentCommandTest {
  @Test
  void listsEveryExperiment() throws Exception {
    JsonNode array = Run.of("experiment", "list", "--json").json();
    List<String> ids = Experiments.all().stream().map(Experiment::id).toList();
    assertThat(array).extracting(e -> e.get("id").asText()).containsExactlyElementsOf(ids);
    Run text = Run.of("experiment", "list");
    assertThat(text.code()).isZero();
    assertThat(text.out().lines().skip(2).filter(l -> !l.isBlank())).hasSameSizeAs(ids);
  }

  @Test
  void reportsEveryStoredResult() throws Exception {
    JsonNode array = Run.of("experiment", "report", "--json").json();
    long stored = Experiments.all().stream().filter(e -> Results.of(e.id()).isPresent()).count();
    assertThat(array).hasSize((int) stored).allMatch(r -> r.has("verdict") && r.has("arms"));
    Run text = Run.of("experiment", "report");
    assertThat(text.code()).isZero();
    assertThat(array).allMatch(r -> text.out().contains(r.get("id").asText()));
  }

  @Test
  void wrongUsageIsRefused() {
    assertThat(Run.of("experiment").err()).contains("run, list or report");
    Run none = Run.of("experiment", "run");
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("--all");
    assertThat(Run.of("experiment", "run", "--all", "rmsnorm").code()).isEqualTo(2);
    Run unknown = Run.of("experiment", "report", "nothing", "--json");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err()).contains("'nothing'");
  }
}
