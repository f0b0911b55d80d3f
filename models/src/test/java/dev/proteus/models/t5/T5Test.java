package dev.proteus.models.t5;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Architecture;
import dev.proteus.models.text.CausalLm;
import dev.proteus.models.text.Generation;
import dev.proteus.models.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class T5Test {
  /** In float32 transformers itself is up to 1.2e-5 off what it computes in float64 here. */
  private static final double TOLERANCE = 3e-5;

  static List<String> cases() {
    return Fixture.names("t5");
  }

  private static Architecture architecture(Fixture f) {
    return T5.architectures().stream()
        .filter(a -> a.name().equals(f.type()))
        .findFirst()
        .orElseThrow();
  }

  private static Layer load(Fixture f) {
    Layer net = architecture(f).build().apply(f.config());
    net.load(f.group("state."));
    return net.eval();
  }

  private static T5ForConditionalGeneration writer(String name) {
    return (T5ForConditionalGeneration) load(Fixture.read("t5/" + name));
  }

  private static Tokens tokens(Fixture f, String ids, String mask) {
    return new Tokens(f.get(ids), f.get(mask), f.get(ids).zerosLike());
  }

  private static Tensor run(Layer net, Fixture f) {
    Tokens source = tokens(f, "ids", "mask");
    if (net instanceof T5EncoderModel) {
      return net.forward(source.packed());
    }
    Tokens target = tokens(f, "target", "target_mask");
    return net instanceof T5Model model
        ? model.hidden(source, target)
        : ((T5ForConditionalGeneration) net).logits(source, target);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreThoseOfTransformers(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    assertClose(name, run(net, f), f.get("y"), TOLERANCE);
    Tensor lean = Autograd.noGrad(() -> run(net, f));
    assertClose(name + " without gradients", lean, f.get("y"), TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsReachAllAndCopiesAreIndependent(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    Layer copy = net.copy();
    assertSame(name, run(copy, f), run(net, f));
    assertThat(copy.parameters().keySet()).isEqualTo(net.parameters().keySet());
    run(copy, f).square().sum().backward();
    copy.parameters().forEach((path, p) -> assertThat(p.grad()).as(path).isNotNull());
    assertThat(net.parameters().values()).allMatch(p -> p.grad() == null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t5_generation", "v1_1_generation", "gated_silu"})
  void greedyGenerationIsTokenForTokenThatOfTransformers(String name) {
    Fixture f = Fixture.read("t5/" + name);
    Tensor expected = f.get("generated");
    Generation greedy = Generation.greedy(12, List.of(f.get("end").itemLong()), 0);
    Tensor got = greedy.generate(writer(name), tokens(f, "ids", "mask"));
    assertThat(got.equal(expected)).as(got + " for " + expected).isTrue();
  }

  @Test
  void theCacheGivesWhatTheWholeTextWould() {
    Fixture f = Fixture.read("t5/v1_1_generation");
    T5ForConditionalGeneration net = writer("v1_1_generation");
    Tokens source = tokens(f, "ids", "mask");
    Tensor target = f.get("target").narrow(0, 0, 3).narrow(1, 0, 4);
    Tensor whole = net.logits(source, new Tokens(target));
    CausalLm.Decoding decoding = net.begin(source, 4);
    // Three at once, then one: both ways that a cache is filled.
    assertClose("three", decoding.next(target.narrow(1, 0, 3)), whole.select(1, 2), TOLERANCE);
    assertClose("one", decoding.next(target.narrow(1, 3, 1)), whole.select(1, 3), TOLERANCE);
  }

  @Test
  void labelsAreShiftedAsTransformersDoes() {
    Fixture f = Fixture.read("t5/t5_generation");
    assertSame("shifted", writer("t5_generation").shifted(f.get("labels")), f.get("shifted"));
  }

  @Test
  void distancesFallIntoTheSameBucketsAsInTransformers() {
    Fixture f = Fixture.read("t5buckets/buckets");
    for (boolean bothWays : new boolean[] {true, false}) {
      for (int[] shape : new int[][] {{32, 128}, {8, 12}, {16, 1000}}) {
        String key = bothWays + "_" + shape[0] + "_" + shape[1];
        // The query in the middle of 601 keys sees the distances -300 .. 300.
        Tensor got = RelativeBuckets.of(300, 1, 601, bothWays, shape[0], shape[1]).get(0);
        assertThat(got.equal(f.get(key))).as(key).isTrue();
      }
    }
  }

  @Test
  void theHeadSharesTheEmbeddingsUnlessItIsThatOfV11() {
    assertThat(writer("t5_generation").parameters()).doesNotContainKey("lm_head.weight");
    assertThat(writer("v1_1_generation").parameters()).containsKey("lm_head.weight");
    Fixture f = Fixture.read("t5/t5_generation");
    ObjectNode first = ((ObjectNode) f.config()).put("tie_word_embeddings", false);
    first.remove("scale_decoder_outputs"); // as the files of T5 v1.1 say it
    assertThat(architecture(f).build().apply(first).parameters()).containsKey("lm_head.weight");
  }

  @Test
  void filesMayHoldMoreThanIsNeededAndLeaveOutTiedTensors() {
    Fixture whole = Fixture.read("t5/v1_1_generation");
    Map<String, Tensor> published = new LinkedHashMap<>(whole.group("state."));
    published.put(
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight", Tensor.zeros(1));
    published.remove("encoder.embed_tokens.weight");
    published.remove("decoder.embed_tokens.weight");
    for (Architecture a : T5.architectures()) {
      Layer net = a.build().apply(whole.config());
      net.load(a.rename().apply(published));
      assertSame(a.name(), net.state().get("shared.weight"), published.get("shared.weight"));
    }
    published.remove("lm_head.weight");
    Layer net = architecture(whole).build().apply(whole.config());
    net.load(architecture(whole).rename().apply(published));
    assertSame("head", net.state().get("lm_head.weight"), published.get("shared.weight"));
  }

  @Test
  void everyPositionIsASlotWithItsPublishedName() {
    assertThat(writer("v1_1_generation").slots().keySet())
        .contains(
            "encoder.block.0.layer.0.SelfAttention.q",
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
            "encoder.block.1.layer.1.DenseReluDense.wi_0",
            "decoder.block.1.layer.1.EncDecAttention.v",
            "decoder.block.1.layer.2.DenseReluDense.wo",
            "decoder.final_layer_norm",
            "lm_head")
        .doesNotContain("encoder.block.1.layer.0.SelfAttention.relative_attention_bias");
  }

  @Test
  void freshWeightsHaveThePublishedScales() {
    T5Config c = T5Config.SMALL;
    Map<String, Double> std =
        Map.of(
            "shared.weight", 1.0,
            "encoder.block.0.layer.0.SelfAttention.q.weight", Math.pow(512 * 64, -0.5),
            "encoder.block.0.layer.0.SelfAttention.k.weight", Math.pow(512, -0.5),
            "decoder.block.5.layer.1.EncDecAttention.o.weight", Math.pow(8 * 64, -0.5),
            "decoder.block.0.layer.2.DenseReluDense.wi.weight", Math.pow(512, -0.5),
            "decoder.block.0.layer.2.DenseReluDense.wo.weight", Math.pow(2048, -0.5));
    try (Generator.Use run = Generator.seeded(2).use()) {
      Map<String, Tensor> state = new T5Model(c).state();
      std.forEach(
          (name, s) ->
              assertThat(state.get(name).std(new int[] {0, 1}, 0, false).item() / s)
                  .as(name)
                  .isCloseTo(1, within(0.01)));
    }
  }

  @Test
  void dropoutDrawsFromTheRunsGenerator() {
    Fixture f = Fixture.read("t5/t5");
    Layer net = load(f).train();
    try (Generator.Use run = Generator.seeded(1).use()) {
      Tensor first = run(net, f);
      assertThat(run(net, f).equal(first)).isFalse();
      Generator.current().seed(1);
      assertSame("the same seed", run(net, f), first);
    }
  }

  @Test
  void configurationsThatAreNotImplementedAreRefusedByName() {
    Fixture f = Fixture.read("t5/t5");
    ObjectNode gelo = ((ObjectNode) f.config()).put("feed_forward_proj", "gated-gelo");
    assertThatThrownBy(() -> architecture(f).build().apply(gelo))
        .hasMessageContaining("unknown activation 'gelo'");
    ObjectNode wide = ((ObjectNode) f.config()).put("d_model", "wide");
    assertThatThrownBy(() -> architecture(f).build().apply(wide)).hasMessageContaining("d_model");
  }
}
