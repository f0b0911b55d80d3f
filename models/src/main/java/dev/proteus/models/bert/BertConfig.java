package dev.proteus.models.bert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;

/**
 * Shape of a BERT or RoBERTa, with the keys of transformers' {@code config.json}.
 *
 * @param classifierDropout before the classifier; null for that of the hidden states
 * @param initializerRange standard deviation of fresh weights
 * @param tieWordEmbeddings whether a language-model head shares the embeddings
 */
@JsonNaming(SnakeCaseStrategy.class)
public record BertConfig(
    int vocabSize,
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int intermediateSize,
    String hiddenAct,
    double hiddenDropoutProb,
    double attentionProbsDropoutProb,
    int maxPositionEmbeddings,
    int typeVocabSize,
    double initializerRange,
    double layerNormEps,
    int padTokenId,
    Double classifierDropout,
    boolean tieWordEmbeddings) {

  /** BERT-base, uncased: also what a key that is left out means. */
  public static final BertConfig BASE =
      new BertConfig(
          30522, 768, 12, 12, 3072, "gelu", 0.1, 0.1, 512, 2, 0.02, 1e-12, 0, null, true);

  private static final BertConfig ROBERTA_BASE =
      new BertConfig(
          50265, 768, 12, 12, 3072, "gelu", 0.1, 0.1, 512, 2, 0.02, 1e-12, 1, null, true);

  public BertConfig {
    if (numAttentionHeads < 1 || hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, numAttentionHeads));
    }
  }

  /** MiniLM-L6: the shape of {@code sentence-transformers/all-MiniLM-L6-v2}. */
  public static BertConfig miniLm() {
    return new BertConfig(
        30522, 384, 6, 12, 1536, "gelu", 0.1, 0.1, 512, 2, 0.02, 1e-12, 0, null, true);
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key that is wrong or asks for what is not here
   */
  public static BertConfig of(JsonNode config) {
    return of(config, BASE);
  }

  /** The same for RoBERTa, where a key that is left out means something else. */
  public static BertConfig roberta(JsonNode config) {
    return of(config, ROBERTA_BASE);
  }

  private static BertConfig of(JsonNode config, BertConfig defaults) {
    Configs.only(config, "position_embedding_type", "absolute");
    Configs.only(config, "is_decoder", "false");
    Configs.only(config, "add_cross_attention", "false");
    return Configs.read(config, defaults);
  }

  double headDropout() {
    return classifierDropout == null ? hiddenDropoutProb : classifierDropout;
  }
}
