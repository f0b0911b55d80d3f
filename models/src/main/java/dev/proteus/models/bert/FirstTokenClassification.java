package dev.proteus.models.bert;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;
import java.util.ArrayList;
import java.util.List;

/**
 * A text encoder with a small network on the first token's hidden state; transformers' {@code
 * RobertaForSequenceClassification} and {@code DistilBertForSequenceClassification}.
 *
 * <pre>  y = head(hidden_0)      y: logits [B, labels]
 *   RoBERTa:     W_2 dropout(tanh(W_1 dropout(h) + b_1)) + b_2
 *   DistilBERT:  W_2 dropout(relu(W_1 h + b_1)) + b_2  </pre>
 */
public final class FirstTokenClassification extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> encoder;
  private final List<Slot<Layer>> head = new ArrayList<>();

  private FirstTokenClassification(String base, Layer encoder) {
    this.encoder = slot(base, encoder);
  }

  public static FirstTokenClassification roberta(BertConfig c, int labels) {
    Layer head =
        new Sequential()
            .add("dropout_in", new Dropout(c.headDropout()))
            .add("dense", new Linear(c.hiddenSize(), c.hiddenSize()))
            .add("tanh", Activation.tanh())
            .add("dropout", new Dropout(c.headDropout()))
            .add("out_proj", new Linear(c.hiddenSize(), labels));
    return new FirstTokenClassification("roberta", BertModel.roberta(c, false))
        .then("classifier", head, c);
  }

  public static FirstTokenClassification distilBert(BertConfig c, int labels) {
    return new FirstTokenClassification("distilbert", new DistilBertModel(c))
        .then("pre_classifier", new Linear(c.hiddenSize(), c.hiddenSize()), c)
        .then("relu", Activation.relu(), c)
        .then("dropout", new Dropout(c.headDropout()), c)
        .then("classifier", new Linear(c.hiddenSize(), labels), c);
  }

  private FirstTokenClassification then(String name, Layer part, BertConfig c) {
    Fresh.weights(part, c.initializerRange());
    head.add(slot(name, part));
    return this;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = encoder.call(x).select(1, 0);
    for (Slot<Layer> part : head) {
      y = part.call(y);
    }
    return y;
  }
}
