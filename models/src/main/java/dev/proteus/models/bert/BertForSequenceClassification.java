package dev.proteus.models.bert;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;

/**
 * BERT with a linear classifier on its pooler.
 *
 * <pre>  y = W dropout(pooler(hidden_0)) + b      y: logits [B, labels]  </pre>
 */
public final class BertForSequenceClassification extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<BertModel> bert;
  private final Slot<Layer> dropout;
  private final Slot<Layer> classifier;

  public BertForSequenceClassification(BertConfig c, int labels) {
    bert = slot("bert", BertModel.class, BertModel.bert(c, true));
    dropout = slot("dropout", new Dropout(c.headDropout()));
    classifier = slot("classifier", new Linear(c.hiddenSize(), labels));
    Fresh.weights(classifier.get(), c.initializerRange());
  }

  @Override
  public Tensor forward(Tensor x) {
    return classifier.call(dropout.call(bert.get().pooled(bert.call(x))));
  }
}
