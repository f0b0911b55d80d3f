package dev.proteus.core.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MethodConfigTest {
  enum Grain {
    PER_TENSOR,
    PER_CHANNEL
  }

  record Schedule(int warmup, double decay) {
    Schedule() {
      this(100, 0.5);
    }
  }

  @Paper(id = "some-method")
  record Some(
      int rank,
      double alpha,
      boolean bias,
      String init,
      Grain grain,
      List<String> targets,
      List<Integer> widths,
      Schedule schedule)
      implements Method {
    Some() {
      this(
          8,
          16,
          false,
          "gaussian",
          Grain.PER_TENSOR,
          List.of("query", "value"),
          List.of(),
          new Schedule());
    }

    Some {
      if (rank < 1) {
        throw new IllegalArgumentException("rank must be at least 1, but is " + rank);
      }
    }
  }

  interface Rule {}

  record Momentum(double rate, double beta) implements Rule {
    Momentum() {
      this(0.1, 0.9);
    }
  }

  record PlainRule(double rate) implements Rule {
    PlainRule() {
      this(0.5);
    }
  }

  record Trained(Rule rule, int steps) implements Method {
    Trained() {
      this(new Momentum(0.2, 0.8), 3);
    }

    record Own(int k) implements Rule {
      Own() {
        this(1);
      }
    }
  }

  record Bare() implements Method {}

  record NoDefaults(int rank) implements Method {}

  private static final String KNOWN =
      "; its parameters are rank=8 alpha=16.0 bias=false init=gaussian grain=per-tensor"
          + " targets=[\"query\",\"value\"] widths=[] schedule={\"warmup\":100,\"decay\":0.5}";

  private static Some build(String... arguments) {
    return MethodConfig.build(Some.class, List.of(arguments));
  }

  private static ObjectNode json(String text) throws Exception {
    return (ObjectNode) new JsonMapper().readTree(text);
  }

  @Test
  void nothingGivenIsThePapersValues() {
    assertThat(build()).isEqualTo(new Some()).isEqualTo(MethodConfig.defaults(Some.class));
  }

  @Test
  void everyTypeIsReadFromAWord() {
    Some some =
        build(
            "rank=4",
            "alpha=1e-3",
            "bias=true",
            "init=8",
            "grain=Per-Channel",
            "targets=key, dense.0",
            "widths=1,2",
            "schedule={\"warmup\":7}");
    assertThat(some)
        .isEqualTo(
            new Some(
                4,
                1e-3,
                true,
                "8",
                Grain.PER_CHANNEL,
                List.of("key", "dense.0"),
                List.of(1, 2),
                new Schedule(7, 0.5)));
  }

  @Test
  void listsMayBeJsonOrEmpty() {
    assertThat(build("targets=[\"a,b\"]", "widths=").targets()).containsExactly("a,b");
    assertThat(build("targets=").targets()).isEmpty();
  }

  @Test
  void describeAndBuildAreInverse() throws Exception {
    ObjectNode described = MethodConfig.describe(build("rank=4", "grain=per-channel"));
    assertThat(described)
        .isEqualTo(
            json(
                """
                {"rank":4,"alpha":16.0,"bias":false,"init":"gaussian","grain":"per-channel",
                 "targets":["query","value"],"widths":[],
                 "schedule":{"warmup":100,"decay":0.5}}"""));
    assertThat(MethodConfig.build(Some.class, described))
        .isEqualTo(build("rank=4", "grain=per-channel"));
  }

  private static Trained trained(String rule) {
    return MethodConfig.build(Trained.class, List.of("rule=" + rule));
  }

  @Test
  void whereAnInterfaceStandsTheTypeSaysWhichRecord() throws Exception {
    assertThat(MethodConfig.describe(new Trained()))
        .isEqualTo(
            json(
                """
                {"rule":{"type":"momentum","rate":0.2,"beta":0.8},"steps":3}"""));
    for (Rule rule : List.of(new Momentum(), new PlainRule(0.3), new Trained.Own(7))) {
      ObjectNode described = MethodConfig.describe(new Trained(rule, 4));
      assertThat(MethodConfig.build(Trained.class, described)).isEqualTo(new Trained(rule, 4));
    }
    assertThat(trained("{\"rate\":1}").rule()).isEqualTo(new Momentum(1, 0.8));
    assertThat(trained("{\"type\":\"plain-rule\"}").rule()).isEqualTo(new PlainRule());
    assertThat(trained("plain-rule").rule()).isEqualTo(new PlainRule());
    assertThat(trained("own").rule()).isEqualTo(new Trained.Own(1));
  }

  @Test
  void whatIsNoRecordOfTheInterfaceIsRefused() {
    for (String bad : List.of("none", "schedule", "java.lang.String", "3", "{\"type\":\"x\"}")) {
      assertThatThrownBy(() -> trained(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "rule must be the name of a record that is a Rule, such as momentum")
          .hasMessageContaining("its parameters are rule=");
    }
    assertThatThrownBy(() -> trained("{\"type\":\"plain-rule\",\"beta\":1}"))
        .hasMessageContaining("no parameter 'beta'");
  }

  @Property(tries = 50)
  void numbersSurviveTheWayThroughText(@ForAll @IntRange(min = 1) int rank, @ForAll double alpha) {
    Some some = build("rank=" + rank, "alpha=" + alpha);
    assertThat(some.rank()).isEqualTo(rank);
    assertThat(some.alpha()).isEqualTo(alpha);
    assertThat(MethodConfig.build(Some.class, MethodConfig.describe(some))).isEqualTo(some);
  }

  @Test
  void unknownKeysAreRefusedWithTheKnownOnes() throws Exception {
    assertThatThrownBy(() -> build("rnk=4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("some-method: no parameter 'rnk'" + KNOWN);
    ObjectNode json = json("{\"rnk\":4}");
    assertThatThrownBy(() -> MethodConfig.build(Some.class, json))
        .hasMessage("some-method: no parameter 'rnk'" + KNOWN);
    assertThatThrownBy(() -> build("schedule={\"warm\":1}"))
        .hasMessage("Schedule: no parameter 'warm'; its parameters are warmup=100 decay=0.5");
    assertThatThrownBy(() -> MethodConfig.build(Bare.class, List.of("a=1")))
        .hasMessage("Bare: no parameter 'a'; it has no parameters");
  }

  @Test
  void wrongTypesAreRefusedByName() throws Exception {
    assertThatThrownBy(() -> build("rank=many"))
        .hasMessage("some-method: rank must be a whole number, but is \"many\"" + KNOWN);
    assertThatThrownBy(() -> build("rank=4.5")).hasMessageContaining("rank must be a whole number");
    assertThatThrownBy(() -> build("rank=null"))
        .hasMessageContaining("rank must be a whole number");
    assertThatThrownBy(() -> build("rank=")).hasMessageContaining("rank must be a whole number");
    assertThatThrownBy(() -> build("rank=99999999999"))
        .hasMessageContaining("rank must be a whole number");
    assertThatThrownBy(() -> build("alpha=1 2")).hasMessageContaining("alpha must be a number");
    assertThatThrownBy(() -> build("bias=yes")).hasMessageContaining("bias must be true or false");
    assertThatThrownBy(() -> build("widths=1,b")).hasMessageContaining("widths must be a list");
    assertThatThrownBy(() -> build("grain=row"))
        .hasMessageContaining("grain must be one of per-tensor, per-channel, but is \"row\"");
    assertThatThrownBy(() -> build("grain=1")).hasMessageContaining("grain must be one of");
    ObjectNode json = json("{\"rank\":\"4\"}");
    assertThatThrownBy(() -> MethodConfig.build(Some.class, json))
        .hasMessageContaining("rank must be a whole number, but is \"4\"");
  }

  @Test
  void whatTheRecordRefusesSaysSo() {
    assertThatThrownBy(() -> build("rank=0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("some-method: rank must be at least 1, but is 0" + KNOWN);
  }

  @Test
  void malformedAndRepeatedArgumentsAreRefused() {
    assertThatThrownBy(() -> build("rank")).hasMessageContaining("expected key=value, got 'rank'");
    assertThatThrownBy(() -> build("rank=1", "rank=2"))
        .hasMessageContaining("'rank' is given twice");
  }

  @Test
  void aRecordWithoutDefaultsIsAProgrammersError() {
    assertThatThrownBy(() -> MethodConfig.defaults(NoDefaults.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("needs a constructor without arguments");
  }
}
