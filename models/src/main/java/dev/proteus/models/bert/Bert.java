package dev.proteus.models.bert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The architectures of BERT's family, by the names that transformers gives them. */
public final class Bert {
  private Bert() {}

  /** A head, of a shape and a number of classes. */
  private interface Head {
    Layer of(BertConfig c, int labels);
  }

  public static List<Architecture> architectures() {
    return List.of(
        base("BertModel", c -> BertModel.bert(BertConfig.of(c), true)),
        bert("BertForSequenceClassification", BertForSequenceClassification::new, Bert::current),
        bert("BertForTokenClassification", TokenClassification::bert, Bert::withoutPooler),
        bert("BertForMaskedLM", (c, labels) -> MaskedLm.bert(c), Bert::withoutPooler),
        base("RobertaModel", c -> BertModel.roberta(BertConfig.roberta(c), true)),
        roberta("RobertaForSequenceClassification", FirstTokenClassification::roberta),
        roberta("RobertaForTokenClassification", TokenClassification::roberta),
        roberta("RobertaForMaskedLM", (c, labels) -> MaskedLm.roberta(c)),
        base("DistilBertModel", c -> new DistilBertModel(DistilBertConfig.of(c))),
        distilBert("DistilBertForSequenceClassification", FirstTokenClassification::distilBert),
        distilBert("DistilBertForTokenClassification", TokenClassification::distilBert),
        distilBert("DistilBertForMaskedLM", (c, labels) -> MaskedLm.distilBert(c)));
  }

  private static Architecture base(String name, Function<JsonNode, Layer> build) {
    return Architecture.of(name, build).renaming(Bert::current);
  }

  private static Architecture bert(
      String name, Head head, UnaryOperator<Map<String, Tensor>> names) {
    return Architecture.of(name, "bert", c -> head.of(BertConfig.of(c), Configs.labels(c)))
        .renaming(names);
  }

  private static Architecture roberta(String name, Head head) {
    return Architecture.of(name, "roberta", c -> head.of(BertConfig.roberta(c), Configs.labels(c)))
        .renaming(Bert::withoutPooler);
  }

  private static Architecture distilBert(String name, Head head) {
    return Architecture.of(
            name, "distilbert", c -> head.of(DistilBertConfig.of(c), Configs.labels(c)))
        .renaming(Bert::current);
  }

  /**
   * Old files name a norm's weight and bias gamma and beta, and hold the positions 0, 1, … that
   * embeddings are looked up by.
   */
  private static Map<String, Tensor> current(Map<String, Tensor> published) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    published.forEach(
        (name, t) -> {
          if (!name.endsWith("embeddings.position_ids")) {
            state.put(
                name.replaceFirst("\\.gamma$", ".weight").replaceFirst("\\.beta$", ".bias"), t);
          }
        });
    return state;
  }

  /** The same for a network that does not pool: files of pretraining hold what only that needs. */
  private static Map<String, Tensor> withoutPooler(Map<String, Tensor> published) {
    Map<String, Tensor> state = current(published);
    state
        .keySet()
        .removeIf(
            name ->
                name.startsWith("bert.pooler.")
                    || name.startsWith("roberta.pooler.")
                    || name.startsWith("cls.seq_relationship."));
    return state;
  }
}
