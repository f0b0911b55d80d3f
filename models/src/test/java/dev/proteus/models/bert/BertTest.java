package dev.proteus.models.bert;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Meta;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Architecture;
import dev.proteus.models.text.SentenceEmbedding;
import dev.proteus.models.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BertTest {
  private static final double TOLERANCE = 1e-5;

  static List<String> cases() {
    return Fixture.names("bert");
  }

  private static Architecture architecture(Fixture f) {
    return Bert.architectures().stream()
        .filter(a -> a.name().equals(f.type()))
        .findFirst()
        .orElseThrow();
  }

  private static Layer load(Fixture f) {
    Layer net = architecture(f).build().apply(f.config());
    net.load(f.group("state."));
    return net.eval();
  }

  private static Tensor packed(Fixture f) {
    return new Tokens(f.get("ids"), f.get("mask"), f.get("types")).packed();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreThoseOfTransformers(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    Tensor y = net.forward(packed(f));
    assertClose(name, y, f.get("y"), TOLERANCE);
    assertClose(
        name + " alone", net.forward(f.get("ids").narrow(0, 0, 1)), f.get("alone"), TOLERANCE);
    Tensor lean = Autograd.noGrad(() -> net.forward(packed(f)));
    assertClose(name + " without gradients", lean, f.get("y"), TOLERANCE);
    if (net instanceof BertModel model && f.has("pooled")) {
      assertClose(name + " pooled", model.pooled(y), f.get("pooled"), TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsReachAllThatIsUsedAndCopiesAreIndependent(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    Layer copy = net.copy();
    assertSame(name, copy.forward(packed(f)), net.forward(packed(f)));
    assertThat(copy.parameters().keySet()).isEqualTo(net.parameters().keySet());
    copy.forward(packed(f)).square().sum().backward();
    copy.parameters()
        .forEach(
            (path, p) -> {
              boolean unused =
                  !p.isTrainable() || (net instanceof BertModel && path.startsWith("pooler"));
              assertThat(p.grad() == null).as(path).isEqualTo(unused);
            });
    assertThat(net.parameters().values()).allMatch(p -> p.grad() == null);
  }

  @Test
  void everyPositionIsASlotWithItsPublishedName() {
    Layer net = load(Fixture.read("bert/bert_sequence"));
    assertThat(net.slots().keySet())
        .contains(
            "bert.embeddings.word_embeddings",
            "bert.encoder.layer.1.attention",
            "bert.encoder.layer.1.attention.self.query",
            "bert.encoder.layer.1.attention.output.dense",
            "bert.encoder.layer.1.intermediate.dense",
            "bert.encoder.layer.1.output.LayerNorm",
            "bert.pooler.dense",
            "classifier");
    assertThat(load(Fixture.read("bert/distilbert_token")).slots().keySet())
        .contains("distilbert.transformer.layer.0.attention.q_lin");
    assertThat(load(Fixture.read("bert/roberta_sequence")).slots().keySet())
        .contains("roberta.encoder.layer.0.attention.self.value", "classifier.out_proj");
  }

  @Test
  void aHeadForWordsSharesTheEmbeddings() {
    for (String name : List.of("bert", "roberta", "distilbert")) {
      Fixture f = Fixture.read("bert/" + name + "_masked_lm");
      Layer net = load(f);
      assertThat(net.stored().keySet()).as(name).isEqualTo(f.group("state.").keySet());
      assertThat(net.stored().size() - net.parameters().size())
          .as(name)
          .isEqualTo(name.equals("distilbert") ? 1 : 2);
    }
  }

  @Test
  void namesOfOldFilesAndWhatOnlyPretrainingNeedsAreUnderstood() {
    Fixture f = Fixture.read("bert/bert_masked_lm");
    Map<String, Tensor> old = new LinkedHashMap<>();
    f.group("state.")
        .forEach(
            (name, t) ->
                old.put(
                    name.replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta"),
                    t));
    Tensor other = Tensor.zeros(1);
    old.put("bert.embeddings.position_ids", other);
    old.put("bert.pooler.dense.weight", other);
    old.put("cls.seq_relationship.weight", other);
    old.remove("cls.predictions.decoder.weight");
    old.remove("cls.predictions.decoder.bias");
    Layer net = architecture(f).build().apply(f.config());
    net.load(architecture(f).rename().apply(old));
    assertClose("old names", net.eval().forward(packed(f)), f.get("y"), TOLERANCE);
  }

  @Test
  void robertaCountsPositionsOfTokensAlone() {
    Fixture f = Fixture.read("bert/roberta");
    Layer net = load(f);
    Tensor ids = Tensor.of(new long[] {7, 8, 9, 1, 1}, 1, 5);
    Tensor mask = Tensor.of(new long[] {1, 1, 1, 0, 0}, 1, 5);
    Tensor left = Tensor.of(new long[] {1, 1, 7, 8, 9}, 1, 5);
    Tensor leftMask = Tensor.of(new long[] {0, 0, 1, 1, 1}, 1, 5);
    Tensor zeros = ids.zerosLike();
    assertClose(
        "padded on the left",
        net.forward(new Tokens(left, leftMask, zeros).packed()).narrow(1, 2, 3),
        net.forward(new Tokens(ids, mask, zeros).packed()).narrow(1, 0, 3),
        TOLERANCE);
    assertThatThrownBy(() -> net.forward(Tensor.of(new long[15], 1, 15)))
        .hasMessageContaining("at most 14 tokens");
  }

  @Test
  void freshWeightsAreThoseOfThePaper() {
    Map<String, Tensor> state;
    try (Generator.Use run = Generator.seeded(2).use()) {
      state = new BertForSequenceClassification(BertConfig.miniLm(), 3).state();
    }
    for (String drawn :
        List.of(
            "bert.embeddings.word_embeddings.weight",
            "bert.encoder.layer.5.output.dense.weight",
            "classifier.weight")) {
      Tensor w = state.get(drawn);
      assertThat(w.std(new int[] {0, 1}, 0, false).item()).as(drawn).isCloseTo(0.02, within(1e-3));
    }
    assertThat(state.get("bert.embeddings.word_embeddings.weight").get(0).abs().sum().item())
        .isZero();
    assertThat(state.get("classifier.bias").toDoubles()).containsOnly(0);
    assertThat(state.get("bert.pooler.dense.bias").toDoubles()).containsOnly(0);
  }

  @Test
  void miniLmHasAsManyParametersAsPublished() {
    long n;
    try (Meta shapes = Meta.open()) {
      n =
          BertModel.bert(BertConfig.miniLm(), true).parameters().values().stream()
              .mapToLong(p -> p.value().numel())
              .sum();
    }
    assertThat(n).isEqualTo(22_713_216);
  }

  @Test
  void dropoutDrawsFromTheRunsGenerator() {
    Fixture f = Fixture.read("bert/bert_sequence");
    Layer net = load(f).train();
    Tensor x = packed(f);
    try (Generator.Use run = Generator.seeded(1).use()) {
      Tensor first = net.forward(x);
      assertThat(net.forward(x).equal(first)).isFalse();
      Generator.current().seed(1);
      assertSame("the same seed", net.forward(x), first);
    }
  }

  @Test
  void sentenceEmbeddingsAreMeansOverTokens() {
    Fixture f = Fixture.read("bert/bert");
    Tensor hidden = f.get("y");
    Tensor mean =
        Tensor.stack(
            0, hidden.get(0).mean(0), hidden.get(1).narrow(0, 0, 6).mean(0), hidden.get(2).get(0));
    Tensor got = new SentenceEmbedding(load(f), false).eval().forward(packed(f));
    assertClose("mean", got, mean, TOLERANCE);
    Tensor unit = new SentenceEmbedding(load(f), true).eval().forward(packed(f));
    assertClose("normalised", unit, mean.div(mean.norm(2, new int[] {-1}, true)), TOLERANCE);
  }

  @Test
  void configurationsThatAreNotImplementedAreRefusedByName() {
    Fixture f = Fixture.read("bert/bert");
    assertThatThrownBy(() -> build(f, "position_embedding_type", "relative_key"))
        .hasMessageContaining("position_embedding_type is \"relative_key\", but only absolute");
    assertThatThrownBy(() -> build(f, "hidden_act", "gelo"))
        .hasMessageContaining("unknown activation 'gelo'");
    assertThatThrownBy(() -> build(f, "num_attention_heads", "3"))
        .hasMessageContaining("hidden_size 16 is not a multiple of num_attention_heads 3");
    assertThatThrownBy(() -> build(f, "hidden_size", "wide")).hasMessageContaining("hidden_size");
    assertThatThrownBy(() -> build(f, "is_decoder", "true")).hasMessageContaining("is_decoder");
  }

  private static Layer build(Fixture f, String key, String value) {
    return architecture(f).build().apply(((ObjectNode) f.config()).put(key, value));
  }

  @Test
  void textsThatAreTooLongAreRefused() {
    Layer net = load(Fixture.read("bert/bert"));
    Tensor ids = Tensor.of(new long[17], 1, 17);
    assertThatThrownBy(() -> net.forward(ids))
        .hasMessageContaining("at most 16 tokens are possible, got 17");
  }
}
