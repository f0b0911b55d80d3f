package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A tiny "bert": embeddings, a normalisation, a pooler; its head is a classifier. */
class FitTest {
  private static final ObjectNode NONE = JsonNodeFactory.instance.objectNode();
  private static final Loading NEW_TASK = Loading.AS_PUBLISHED.as("Toy", List.of("a", "b"));

  private static Layer body() {
    return new Sequential()
        .add("embeddings", new Embedding(5, 3))
        .add("norm", new BatchNorm1d(3))
        .add("pooler", new Sequential().add("dense", new Linear(3, 3)));
  }

  private static Layer classifier(int classes) {
    return new Sequential().add("bert", body()).add("classifier", new Linear(3, classes));
  }

  /** An output tied to the embeddings. */
  private static Layer tied() {
    Embedding words = new Embedding(5, 3);
    return new Sequential()
        .add("bert", new Sequential().add("words", words))
        .add("decoder", new Linear(words.weight(), null));
  }

  private static Layer fit(
      String base, Supplier<Layer> net, Loading how, Map<String, Tensor> published) {
    return Fit.of(Architecture.of("Toy", base, c -> net.get()), NONE, how, published);
  }

  private static Map<String, Tensor> state(Layer net) {
    return new LinkedHashMap<>(net.state());
  }

  private static void assertTaken(Layer net, Map<String, Tensor> published, String add) {
    published.forEach(
        (name, t) -> {
          assertThat(net.state()).containsKey(add + name);
          assertThat(net.state().get(add + name).isAliasOf(t)).as(name).isTrue();
        });
  }

  @Test
  void everyTensorIsTakenAsItIsAndNothingIsDrawn() {
    Map<String, Tensor> file = state(classifier(2).to(DType.BFLOAT16));
    Tensor random = Generator.current().state();
    Layer net = fit("bert", () -> classifier(2), Loading.AS_PUBLISHED, file);
    assertTaken(net, file, "");
    assertThat(Generator.current().state().equal(random)).isTrue();
  }

  @Test
  void weightsAreConvertedOnDemand() {
    Map<String, Tensor> file = state(classifier(2).to(DType.FLOAT16));
    Loading how = Loading.AS_PUBLISHED.in(DType.FLOAT32);
    Layer net = fit("bert", () -> classifier(2), how, file);
    net.state()
        .forEach(
            (path, t) -> {
              boolean count = path.endsWith("num_batches_tracked");
              assertThat(t.dtype()).isEqualTo(count ? DType.INT64 : DType.FLOAT32);
              assertThat(t.to(file.get(path).dtype()).equal(file.get(path))).isTrue();
            });
  }

  @Test
  void aHeadlessFileFitsTheNetworkWithAHeadWhichIsDrawnOnlyWhenAskedFor() {
    Map<String, Tensor> file = state(body().to(DType.FLOAT16));
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), Loading.AS_PUBLISHED, file))
        .hasMessageContaining("2 missing")
        .hasMessageContaining("classifier.weight, classifier.bias");
    Layer net = fit("bert", () -> classifier(2), NEW_TASK, file);
    assertTaken(net, file, "bert.");
    Tensor head = net.state().get("classifier.weight");
    assertThat(head.describe()).isEqualTo("[2, 3] float16");
    assertThat(head.isMeta()).isFalse();
    assertThat(head.abs().amax().item()).isBetween(0.01, 1 / Math.sqrt(3) + 0.001);
  }

  @Test
  void aHeadOfAnotherSizeIsDrawnForANewTask() {
    Map<String, Tensor> file = state(classifier(4));
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), Loading.AS_PUBLISHED, file))
        .hasMessageContaining("'classifier.weight': expected shape [2, 3], got [4, 3]");
    Layer net = fit("bert", () -> classifier(2), NEW_TASK, file);
    assertThat(net.state().get("classifier.weight").shape()).containsExactly(2, 3);
    assertThat(
            net.state().get("bert.embeddings.weight").isAliasOf(file.get("bert.embeddings.weight")))
        .isTrue();
  }

  @Test
  void aNewTaskDoesNotExcuseABase() {
    Map<String, Tensor> file = state(body());
    file.remove("embeddings.weight");
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), NEW_TASK, file))
        .hasMessageContaining("1 missing for Sequential: bert.embeddings.weight");
    file.put("embeddings.weight", Tensor.zeros(6, 3));
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), NEW_TASK, file))
        .hasMessageContaining("expected shape [5, 3], got [6, 3]");
  }

  @Test
  void aFileWithAHeadFitsTheHeadlessNetwork() {
    Map<String, Tensor> file = state(classifier(2));
    Layer net = fit("", FitTest::body, Loading.AS_PUBLISHED, file);
    net.state().forEach((path, t) -> assertThat(t.isAliasOf(file.get("bert." + path))).isTrue());
  }

  @Test
  void layersOfOtherHeadsAreLeftOverAndOtherTensorsAreRefused() {
    Map<String, Tensor> file = state(classifier(2));
    file.put("cls.seq_relationship.weight", Tensor.zeros(2, 3));
    Layer net = fit("bert", () -> classifier(2), Loading.AS_PUBLISHED, file);
    assertThat(net.state().get("classifier.weight").isAliasOf(file.get("classifier.weight")))
        .isTrue();
    file.put("classifier.scale", Tensor.zeros(2));
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), Loading.AS_PUBLISHED, file))
        .hasMessageContaining("1 unknown for Sequential: classifier.scale");
    file.remove("classifier.scale");
    file.put("bert.second.weight", Tensor.zeros(2));
    assertThatThrownBy(() -> fit("bert", () -> classifier(2), NEW_TASK, file))
        .hasMessageContaining("1 unknown for Sequential: bert.second.weight");
  }

  @Test
  void constantsMayBeMissingOrLeftOver() {
    Map<String, Tensor> file = state(body());
    file.put("embeddings.position_ids", Tensor.arange(5));
    file.put("rotary.inv_freq", Tensor.ones(5));
    file.remove("norm.num_batches_tracked");
    Layer net = fit("", FitTest::body, Loading.AS_PUBLISHED, file);
    assertThat(net.state().get("norm.num_batches_tracked").itemLong()).isZero();
    file.remove("norm.running_mean");
    assertThatThrownBy(() -> fit("", FitTest::body, Loading.AS_PUBLISHED, file))
        .hasMessageContaining("1 missing for Sequential: norm.running_mean");
  }

  @Test
  void oneNameOfATiedParameterIsEnough() {
    Tensor w = Tensor.ones(5, 3);
    for (String name : List.of("bert.words.weight", "decoder.weight")) {
      Layer net = fit("bert", FitTest::tied, Loading.AS_PUBLISHED, Map.of(name, w));
      assertThat(net.parameters()).hasSize(1);
      assertThat(net.state().get("decoder.weight").isAliasOf(w)).isTrue();
      assertThat(net.state().get("bert.words.weight").isAliasOf(w)).isTrue();
    }
  }

  @Test
  void manyNamesAreCounted() {
    Supplier<Layer> deep =
        () -> {
          Sequential s = new Sequential();
          for (int i = 0; i < 12; i++) {
            s.add("l" + i, new Linear(1, 1, false));
          }
          return s;
        };
    assertThatThrownBy(() -> fit("", deep, Loading.AS_PUBLISHED, Map.of()))
        .hasMessage(
            "12 missing for Sequential: l0.weight, l1.weight, l2.weight, l3.weight, l4.weight,"
                + " l5.weight, l6.weight, l7.weight, l8.weight, l9.weight, …");
  }

  @Test
  void aHeadIsNamedByTheNetworkOfTheFolder() {
    for (String own : List.of("BertForMaskedLM", "BertModel", "BertLMHeadModel")) {
      ObjectNode config = NONE.deepCopy();
      config.putArray("architectures").add(own);
      ObjectNode other =
          Loading.AS_PUBLISHED.as("ForTokenClassification", List.of("x", "y")).applyTo(config);
      assertThat(other.path("architectures").path(0).asText())
          .isEqualTo("BertForTokenClassification");
      assertThat(other.path("id2label").path("1").asText()).isEqualTo("y");
      assertThat(config.has("id2label")).isFalse();
    }
  }
}
