package dev.proteus.core.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Sequential;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetsTest {
  private static Layer net() {
    return LoraNetworks.of("several");
  }

  private static Set<String> adapted(Layer net, Targets targets, String... saved) {
    Lora lora = new Lora(2, 2, 0, targets).saving(saved);
    return lora.attach(net).adapters().parts("default").entrySet().stream()
        .filter(e -> e.getValue().get(0) instanceof LoraPart)
        .map(java.util.Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Test
  void aNameIsAPathOrTheEndOfOne() {
    assertThat(adapted(net(), Targets.of("mlp"))).containsOnly("h.0.mlp", "h.1.mlp");
    assertThat(adapted(net(), Targets.of("1.mlp", "wte"))).containsOnly("h.1.mlp", "wte");
    assertThatThrownBy(() -> adapted(net(), Targets.of("lp"))).hasMessageContaining("'lp'");
  }

  @Test
  void aGlobTakesWhatCanBeTaken() {
    assertThat(adapted(net(), Targets.of("h.0.**")))
        .containsOnly("h.0.c_attn", "h.0.conv", "h.0.mlp");
    assertThat(adapted(net(), Targets.of("**.c_*"))).containsOnly("h.0.c_attn", "h.1.c_attn");
  }

  @Test
  void aRegularExpressionIsForTheWholePath() {
    assertThat(adapted(net(), Targets.regex("h\\.\\d\\.(mlp|conv)"))).hasSize(4);
    assertThat(adapted(net(), Targets.regex(".*(?P<last>1)\\.mlp"))).containsOnly("h.1.mlp");
    assertThatThrownBy(() -> adapted(net(), Targets.regex("mlp"))).hasMessageContaining("mlp");
    assertThatThrownBy(() -> Targets.regex("(")).hasMessageContaining("no regular expression");
  }

  @Test
  void allLinearLeavesOutTheHeadAndTiedLayers() {
    assertThat(adapted(net(), Targets.of("all-linear")))
        .containsOnly("h.0.c_attn", "h.0.mlp", "h.1.c_attn", "h.1.mlp");
    Embedding table = new Embedding(5, 4);
    Layer tied =
        new Sequential()
            .add("table", table)
            .add("fc", new Linear(4, 4))
            .add("out", new Linear(table.weight(), null));
    assertThat(adapted(tied, Targets.of("All-Linear"))).containsOnly("fc");
    assertThat(
            adapted(new Sequential(new Linear(2, 2), new Linear(2, 2)), Targets.of("all-linear")))
        .containsOnly("0", "1");
  }

  @Test
  void excludedAndSavedOnesAreLeftOut() {
    assertThat(adapted(net(), Targets.of("mlp", "conv").excluding("1.mlp", "h.0.c*")))
        .containsOnly("h.0.mlp", "h.1.conv");
    assertThat(adapted(net(), Targets.of("**"), "h.1", "wte"))
        .containsOnly("h.0.c_attn", "h.0.conv", "h.0.mlp", "score");
  }

  @Test
  void blocksAreChosenByNumber() {
    Targets second = new Targets(List.of("mlp", "wte"), List.of(), List.of(1), List.of("h"));
    assertThat(adapted(net(), second)).containsOnly("h.1.mlp", "wte"); // wte is a whole path
    Layer deeper = new Sequential().add("model", net());
    Targets any = new Targets(List.of("mlp"), List.of(), List.of(0), List.of());
    assertThat(adapted(deeper, any)).containsOnly("model.h.0.mlp");
  }

  @Test
  void whatLeadsNowhereIsAnErrorThatNamesWhatThereIs() {
    assertThatThrownBy(() -> adapted(net(), Targets.of("mlp", "q_proj")))
        .hasMessageContaining("'q_proj'")
        .hasMessageContaining("[c_attn, conv, mlp, score, wte]");
    assertThatThrownBy(() -> adapted(net(), Targets.of("mlp").excluding("mlp")))
        .hasMessageContaining("excluded");
    assertThatThrownBy(Targets::of).hasMessageContaining("empty");
  }

  @Test
  void aLayerThatCannotBeTakenIsNamed() {
    assertThatThrownBy(() -> adapted(net(), Targets.of("ln")))
        .hasMessageContaining("'h.0.ln' is a LayerNorm");
    Layer net = new Sequential().add("self_attn", new MultiheadAttention(4, 2));
    assertThatThrownBy(() -> adapted(net, Targets.of("self_attn")))
        .hasMessageContaining("one parameter and no layer")
        .hasMessageContaining("'self_attn.out_proj'");
    assertThatThrownBy(() -> adapted(net, Targets.of("in_proj_weight")))
        .hasMessageContaining("[out_proj]");
    assertThat(adapted(net, Targets.of("out_proj"))).containsOnly("self_attn.out_proj");
  }

  @Test
  void aCommandLineHasThemWithCommas() {
    assertThat(MethodConfig.build(Lora.class, List.of("targets=query, value")).targets())
        .isEqualTo(Targets.of("query", "value"));
    assertThat(MethodConfig.build(Lora.class, List.of("targets=regex:a{1,2}")).targets())
        .isEqualTo(Targets.regex("a{1,2}"));
    assertThat(MethodConfig.build(Lora.class, List.of("targets=[\"a\",\"b\"]")).targets())
        .isEqualTo(Targets.of("a", "b"));
    Lora lora =
        MethodConfig.build(
            Lora.class, List.of("targets={\"modules\":[\"a\"],\"layers\":[3]}", "bias=only"));
    assertThat(lora.targets())
        .isEqualTo(new Targets(List.of("a"), List.of(), List.of(3), List.of()));
    assertThat(MethodConfig.build(Lora.class, MethodConfig.describe(lora))).isEqualTo(lora);
  }

  /** What PEFT has no rule for is written as paths, which lead there to the same layers. */
  @Test
  void globsAreResolvedInFolders(@TempDir Path temp) throws Exception {
    new Lora(2, 2, 0, Targets.of("h.1.*")).attach(net()).save(temp);
    assertThat(Files.readString(temp.resolve("adapter_config.json")))
        .contains("\"target_modules\": [\n    \"h.1.c_attn\",\n    \"h.1.conv\",\n    \"h.1.mlp\"");
    Layer twice =
        new Sequential().add("0", new Linear(2, 2)).add("b", new Sequential(new Linear(2, 2)));
    Layer copy = twice.copy();
    new Lora(2, 2, 0, Targets.of("*")).attach(twice).save(temp);
    assertThat(Files.readString(temp.resolve("adapter_config.json")))
        .contains("\"target_modules\": \"0\"");
    Lora.load(copy, "default", temp);
    assertThat(copy.state().keySet()).isEqualTo(twice.state().keySet());
  }
}
