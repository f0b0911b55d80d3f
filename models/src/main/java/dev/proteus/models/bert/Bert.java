package dev.proteus.models.bert;

import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import java.util.List;

/** BERT's architectures, by the names that transformers gives them. */
public final class Bert {
  private Bert() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("BertModel", c -> BertModel.bert(BertConfig.of(c), true)),
        Architecture.of(
            "BertForSequenceClassification",
            "bert",
            c -> new BertForSequenceClassification(BertConfig.of(c), Configs.labels(c))));
  }
}
