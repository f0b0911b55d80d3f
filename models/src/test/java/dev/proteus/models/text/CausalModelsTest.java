package dev.proteus.models.text;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Architecture;
import dev.proteus.models.Model;
import dev.proteus.models.gpt2.Gpt2;
import dev.proteus.models.llama.Llama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** GPT-2 and the Llama family against transformers, and what they write. */
class CausalModelsTest {
  private static final double TOLERANCE = 2e-5;
  private static final int NEW = 10;

  static List<String> cases() {
    return Fixture.names("causal");
  }

  static List<String> languageModels() {
    return cases().stream()
        .filter(n -> !n.endsWith("_base") && !n.endsWith("_classifier"))
        .toList();
  }

  private static Architecture architecture(Fixture f) {
    return Stream.of(Gpt2.architectures(), Llama.architectures())
        .flatMap(List::stream)
        .filter(a -> a.name().equals(f.type()))
        .findFirst()
        .orElseThrow();
  }

  private static Layer load(Fixture f) {
    Layer net = architecture(f).build().apply(f.config());
    net.load(f.group("state."));
    return net.eval();
  }

  private static Tokens batch(Fixture f) {
    return new Tokens(f.get("ids"), f.get("mask"), f.get("ids").zerosLike());
  }

  private static Tokens prompt(Fixture f) {
    return new Tokens(f.get("prompt"), f.get("prompt_mask"), f.get("prompt").zerosLike());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreThoseOfTransformers(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    Tensor x = batch(f).packed();
    assertClose(name, text(f, net.forward(x)), text(f, f.get("y")), TOLERANCE);
    assertClose(
        name + " alone", net.forward(f.get("ids").narrow(0, 0, 1)), f.get("alone"), TOLERANCE);
    Tensor lean = Autograd.noGrad(() -> net.forward(x));
    assertClose(name + " without gradients", text(f, lean), text(f, f.get("y")), TOLERANCE);
  }

  /** Zeros for padding, where a window may show nothing at all, so that any output is right. */
  private static Tensor text(Fixture f, Tensor y) {
    return y.dim() == 2 ? y : y.mul(f.get("mask").unsqueeze(2));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsReachAllParametersAndCopiesAreIndependent(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    Layer copy = net.copy();
    Tensor x = batch(f).packed();
    assertSame(name, copy.forward(x), net.forward(x));
    assertThat(copy.parameters().keySet()).isEqualTo(net.parameters().keySet());
    copy.forward(x).square().sum().backward();
    copy.parameters().forEach((path, p) -> assertThat(p.grad()).as(path).isNotNull());
    assertThat(net.parameters().values()).allMatch(p -> p.grad() == null);
  }

  @ParameterizedTest
  @MethodSource("languageModels")
  void greedyTextIsThatOfTransformers(String name) {
    Fixture f = Fixture.read(name);
    CausalLm net = (CausalLm) load(f);
    Tensor y = Generation.greedy(NEW, List.of(), 0).generate(net, prompt(f));
    assertSame(name, y, f.get("greedy"));
    Generation penalised = new Generation(NEW, false, 1, 0, 1, 1.3, List.of(), 0);
    assertSame(name + " penalised", penalised.generate(net, prompt(f)), f.get("penalised"));
    long end = f.get("greedy").get(0).get(1).itemLong();
    Tensor stopped = Generation.greedy(NEW, List.of(end), 0).generate(net, prompt(f));
    assertSame(name + " stopped", stopped, f.get("stopped"));
  }

  /** Each text alone, without padding, the whole of it anew for each token. */
  @ParameterizedTest
  @MethodSource("languageModels")
  void theCacheAndPaddingChangeNothing(String name) {
    if (name.contains("dynamic")) {
      return; // its angles depend on the length of the batch, so keys in a cache have older ones
    }
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    for (int b = 0; b < 3; b++) {
      long pads = f.get("prompt_mask").get(b).eq(0).sum().itemLong();
      Tensor text = f.get("prompt").narrow(0, b, 1);
      text = text.narrow(1, pads, text.size(1) - pads);
      for (int i = 0; i < NEW; i++) {
        Tensor logits = net.forward(text);
        Tensor next = logits.select(1, text.size(1) - 1).argmax(-1, true);
        assertThat(next.itemLong())
            .as(name + ", text " + b + ", token " + i)
            .isEqualTo(f.get("greedy").get(b).get(i).itemLong());
        text = Tensor.cat(1, text, next);
      }
    }
  }

  @Test
  void promptsMayBePaddedOnTheRight() {
    Fixture f = Fixture.read("causal/gpt2");
    Tokens right = new Tokens(f.get("ids"), f.get("mask"), f.get("ids").zerosLike());
    Tokens left = right.paddedLeft();
    assertThat(left.ids().get(1).toLongs())
        .startsWith(0, 0, 0)
        .endsWith(f.get("ids").get(1).get(5).itemLong());
    assertThat(left.mask().get(2).toLongs()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1);
    assertSame("twice", left.paddedLeft().ids(), left.ids());
    CausalLm net = (CausalLm) load(f);
    Generation greedy = Generation.greedy(3, List.of(), 0);
    assertSame("same text", greedy.generate(net, right), greedy.generate(net, left));
  }

  @Test
  void tokensAreHeardAsTheyAreChosenAndTheEndEndsIt() {
    Fixture f = Fixture.read("causal/gpt2");
    CausalLm net = (CausalLm) load(f);
    Tokens one = new Tokens(f.get("prompt").narrow(0, 0, 1));
    List<Long> heard = new ArrayList<>();
    long[] all = f.get("greedy").get(0).toLongs();
    Tensor y =
        Generation.greedy(NEW, List.of(all[2]), 0)
            .generate(net, one, tokens -> heard.add(tokens[0]));
    int end = 1 + (all[0] == all[2] ? 0 : all[1] == all[2] ? 1 : 2);
    assertThat(y.size(1)).isEqualTo(end);
    assertThat(heard).hasSize(end).endsWith(all[2]);
  }

  @Test
  void aTextThatIsLongerThanTheNetworkIsRefused() {
    CausalLm net = (CausalLm) load(Fixture.read("causal/gpt2"));
    Tokens t = new Tokens(Tensor.ones(1, 30).to(DType.INT64));
    assertThatThrownBy(() -> Generation.greedy(3, List.of(), 0).generate(net, t))
        .hasMessageContaining("32 positions: not enough for a prompt of 30 and 3 new tokens");
    assertThatThrownBy(() -> ((Layer) net).forward(Tensor.ones(1, 33).to(DType.INT64)))
        .hasMessageContaining("at most 32 tokens");
  }

  @Test
  void positionsHaveTheirPublishedNames() {
    assertThat(load(Fixture.read("causal/gpt2")).slots().keySet())
        .contains("transformer.wte", "transformer.h.0.attn.c_attn", "transformer.ln_f", "lm_head");
    assertThat(load(Fixture.read("causal/qwen3")).slots().keySet())
        .contains("model.layers.1.self_attn.q_norm", "model.layers.0.mlp.gate_proj", "lm_head");
  }

  @Test
  void dropoutDrawsFromTheRunsGenerator() {
    Fixture f = Fixture.read("causal/gpt2");
    Layer net = load(f).train();
    try (Scope s = Scope.open();
        Generator.Use run = Generator.seeded(1).use()) {
      Tensor x = f.get("ids");
      Tensor first = net.forward(x);
      assertThat(net.forward(x).equal(first)).isFalse();
      Generator.current().seed(1);
      assertSame("the same seed", net.forward(x), first);
    }
  }

  @Test
  void rotaryScalingIsReadFromOlderFiles() {
    for (String name : List.of("causal/llama_linear", "causal/llama_llama3")) {
      Fixture f = Fixture.read(name);
      ObjectNode config = (ObjectNode) f.config();
      ObjectNode rope = (ObjectNode) config.remove("rope_parameters");
      config.set("rope_theta", rope.remove("rope_theta"));
      rope.set("type", rope.remove("rope_type"));
      config.set("rope_scaling", rope);
      Layer net = architecture(f).build().apply(config);
      net.load(f.group("state."));
      assertClose(name, net.eval().forward(batch(f).packed()), f.get("y"), TOLERANCE);
    }
  }

  /** The published gpt2: no prefix, no head, masks among the weights. */
  @Test
  void aFolderOfTheDecoderAloneOpensAsALanguageModel(@TempDir Path folder) throws IOException {
    Fixture f = Fixture.read("causal/gpt2");
    Map<String, Tensor> published = new LinkedHashMap<>();
    f.group("state.transformer.").forEach(published::put);
    published.put("h.0.attn.bias", Tensor.ones(1, 1, 4, 4));
    Safetensors.write(folder.resolve("model.safetensors"), published, Map.of());
    Files.writeString(folder.resolve("config.json"), f.config().toString());
    Model model = Model.load(folder);
    assertClose("logits", model.net().forward(batch(f).packed()), f.get("y"), TOLERANCE);
    model.save(folder.resolve("saved"));
    assertThat(Safetensors.read(folder.resolve("saved/model.safetensors")).tensors())
        .containsKey("transformer.wte.weight")
        .doesNotContainKey("lm_head.weight");
    Model again = Model.load(folder.resolve("saved"));
    assertClose("saved", again.net().forward(batch(f).packed()), f.get("y"), TOLERANCE);
  }

  @Test
  void buffersOfEarlyFilesAreLeftOut() {
    Fixture f = Fixture.read("causal/gpt2");
    Tensor mask = Tensor.ones(1);
    assertThat(
            architecture(f)
                .rename()
                .apply(Map.of("h.0.attn.bias", mask, "h.0.attn.c_attn.bias", mask)))
        .containsOnlyKeys("h.0.attn.c_attn.bias");
    assertThat(
            architecture(Fixture.read("causal/llama"))
                .rename()
                .apply(Map.of("model.layers.0.self_attn.rotary_emb.inv_freq", mask)))
        .isEmpty();
  }

  @Test
  void configurationsThatAreNotImplementedAreRefusedByName() {
    Fixture llama = Fixture.read("causal/llama_linear");
    ObjectNode config = (ObjectNode) llama.config();
    ObjectNode rope = (ObjectNode) config.get("rope_parameters");
    rope.put("rope_type", "longrope");
    assertThatThrownBy(() -> architecture(llama).build().apply(config))
        .hasMessageContaining(
            "unknown rope_type 'longrope'; known: default, dynamic, linear, llama3, yarn");
    rope.put("rope_type", "llama3");
    assertThatThrownBy(() -> architecture(llama).build().apply(config))
        .hasMessageContaining("rope_type 'llama3' needs a number 'low_freq_factor'");
    config.put("num_key_value_heads", 3);
    assertThatThrownBy(() -> architecture(llama).build().apply(config))
        .hasMessageContaining("num_attention_heads 4 must divide hidden_size 16");
    Fixture qwen = Fixture.read("causal/qwen3_layer_types");
    ObjectNode types = (ObjectNode) qwen.config();
    types.putArray("layer_types").add("full_attention").add("chunked_attention");
    assertThatThrownBy(() -> architecture(qwen).build().apply(types))
        .hasMessageContaining("layer_types must name full_attention or sliding_attention");
    Fixture gpt2 = Fixture.read("causal/gpt2");
    ObjectNode cross = ((ObjectNode) gpt2.config()).put("add_cross_attention", true);
    assertThatThrownBy(() -> architecture(gpt2).build().apply(cross))
        .hasMessageContaining("add_cross_attention");
  }
}
