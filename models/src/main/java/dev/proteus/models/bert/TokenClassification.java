package dev.proteus.models.bert;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;

/**
 * A text encoder that classifies every token; transformers' {@code BertForTokenClassification},
 * {@code RobertaForTokenClassification} and {@code DistilBertForTokenClassification}.
 *
 * <pre>  y = W dropout(hidden) + b      y: logits [B, T, labels]  </pre>
 */
public final class TokenClassification extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> encoder;
  private final Slot<Layer> dropout;
  private final Slot<Layer> classifier;

  private TokenClassification(
      String base, Layer encoder, double dropout, int labels, BertConfig c) {
    this.encoder = slot(base, encoder);
    this.dropout = slot("dropout", new Dropout(dropout));
    classifier = slot("classifier", new Linear(c.hiddenSize(), labels));
    Fresh.weights(classifier.get(), c.initializerRange());
  }

  public static TokenClassification bert(BertConfig c, int labels) {
    return new TokenClassification("bert", BertModel.bert(c, false), c.headDropout(), labels, c);
  }

  public static TokenClassification roberta(BertConfig c, int labels) {
    return new TokenClassification(
        "roberta", BertModel.roberta(c, false), c.headDropout(), labels, c);
  }

  public static TokenClassification distilBert(BertConfig c, int labels) {
    return new TokenClassification(
        "distilbert", new DistilBertModel(c), c.hiddenDropoutProb(), labels, c);
  }

  @Override
  public Tensor forward(Tensor x) {
    return classifier.call(dropout.call(encoder.call(x)));
  }
}
