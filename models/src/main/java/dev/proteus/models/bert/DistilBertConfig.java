package dev.proteus.models.bert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;

/**
 * DistilBERT's keys of {@code config.json}, for what BERT calls otherwise. (Whether positions began
 * as sinusoids, {@code sinusoidal_pos_embds}, matters to nobody who has the trained ones.)
 */
@JsonNaming(SnakeCaseStrategy.class)
record DistilBertConfig(
    int vocabSize,
    int dim,
    int nLayers,
    int nHeads,
    int hiddenDim,
    String activation,
    double dropout,
    double attentionDropout,
    int maxPositionEmbeddings,
    double initializerRange,
    int padTokenId,
    double seqClassifDropout,
    boolean tieWordEmbeddings) {

  private static final DistilBertConfig BASE =
      new DistilBertConfig(30522, 768, 6, 12, 3072, "gelu", 0.1, 0.1, 512, 0.02, 0, 0.2, true);

  private static final double NORM_EPS = 1e-12;

  /** Reads a {@code config.json} as the shape of a BERT without token types. */
  static BertConfig of(JsonNode config) {
    DistilBertConfig c = Configs.read(config, BASE);
    return new BertConfig(
        c.vocabSize,
        c.dim,
        c.nLayers,
        c.nHeads,
        c.hiddenDim,
        c.activation,
        c.dropout,
        c.attentionDropout,
        c.maxPositionEmbeddings,
        0,
        c.initializerRange,
        NORM_EPS,
        c.padTokenId,
        c.seqClassifDropout,
        c.tieWordEmbeddings);
  }
}
