package dev.proteus.models.bert;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.Fresh;

/**
 * A text encoder that guesses the word at each position; transformers' {@code BertForMaskedLM},
 * {@code RobertaForMaskedLM} and {@code DistilBertForMaskedLM}.
 *
 * <pre>
 *   y = E norm(act(W hidden + b)) + c      y: logits [B, T, V], E: the word embeddings, if tied
 * </pre>
 */
public final class MaskedLm extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> encoder;
  private final Slot<Layer> dense;
  private final Slot<Layer> activation;
  private final Slot<Layer> norm;
  private final Slot<Layer> decoder;

  /** The published names of the parts. */
  private record Names(String base, String dense, String norm, String decoder) {}

  private MaskedLm(Names names, Layer encoder, Embedding words, String act, BertConfig c) {
    int d = c.hiddenSize();
    Linear projection = new Linear(d, c.vocabSize());
    this.encoder = slot(names.base, encoder);
    dense = slot(names.dense, new Linear(d, d));
    activation = slot("activation", Activation.named(act));
    norm = slot(names.norm, new LayerNorm(new long[] {d}, c.layerNormEps(), true, true));
    Fresh.weights(dense.get(), c.initializerRange());
    Fresh.weights(projection, c.initializerRange());
    Parameter table = c.tieWordEmbeddings() ? words.weight() : projection.weight();
    decoder = slot(names.decoder, new Linear(table, projection.bias()));
  }

  public static MaskedLm bert(BertConfig c) {
    BertModel encoder = BertModel.bert(c, false);
    Names names =
        new Names(
            "bert",
            "cls.predictions.transform.dense",
            "cls.predictions.transform.LayerNorm",
            "cls.predictions.decoder");
    return new MaskedLm(names, encoder, encoder.words(), c.hiddenAct(), c)
        .bias("cls.predictions.bias", c);
  }

  public static MaskedLm roberta(BertConfig c) {
    BertModel encoder = BertModel.roberta(c, false);
    Names names = new Names("roberta", "lm_head.dense", "lm_head.layer_norm", "lm_head.decoder");
    return new MaskedLm(names, encoder, encoder.words(), "gelu", c).bias("lm_head.bias", c);
  }

  public static MaskedLm distilBert(BertConfig c) {
    DistilBertModel encoder = new DistilBertModel(c);
    Names names = new Names("distilbert", "vocab_transform", "vocab_layer_norm", "vocab_projector");
    return new MaskedLm(names, encoder, encoder.words(), c.hiddenAct(), c);
  }

  /**
   * The decoder's bias by a second published name. An untied network has a vector of its own there,
   * which nothing uses.
   */
  private MaskedLm bias(String name, BertConfig c) {
    Parameter used = ((Linear) decoder.get()).bias();
    parameter(
        name,
        c.tieWordEmbeddings() ? used : new Parameter(used.value().zerosLike()).trainable(false));
    return this;
  }

  @Override
  public Tensor forward(Tensor x) {
    return decoder.call(norm.call(activation.call(dense.call(encoder.call(x)))));
  }
}
