package dev.proteus.models.t5;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.core.nn.Activation;
import dev.proteus.models.Configs;
import java.io.Serializable;

/**
 * Shape of a T5 or T5 v1.1, with the keys of transformers' {@code config.json}.
 *
 * @param dKv width of a head
 * @param numDecoderLayers null for as many as the encoder has
 * @param relativeAttentionMaxDistance from which on all distances are alike
 * @param initializerFactor of fresh weights' standard deviations
 * @param feedForwardProj an activation, such as {@code relu}; or {@code gated-} and one, as in v1.1
 * @param decoderStartTokenId what the decoder begins with; null for the padding's id
 * @param tieWordEmbeddings false in v1.1, whose head has weights of its own
 * @param scaleDecoderOutputs whether the head is the embeddings' and hidden states are scaled for
 *     it; null for as {@code tieWordEmbeddings} says, which newer files set to true for all
 */
@JsonNaming(SnakeCaseStrategy.class)
public record T5Config(
    int vocabSize,
    int dModel,
    int dKv,
    int dFf,
    int numLayers,
    Integer numDecoderLayers,
    int numHeads,
    int relativeAttentionNumBuckets,
    int relativeAttentionMaxDistance,
    double dropoutRate,
    double layerNormEpsilon,
    double initializerFactor,
    String feedForwardProj,
    int padTokenId,
    Integer decoderStartTokenId,
    boolean tieWordEmbeddings,
    Boolean scaleDecoderOutputs)
    implements Serializable {

  private static final String GATED = "gated-";

  /** T5-small: also what a key that is left out means. */
  public static final T5Config SMALL =
      new T5Config(
          32128, 512, 64, 2048, 6, null, 8, 32, 128, 0.1, 1e-6, 1, "relu", 0, null, true, null);

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key that is wrong
   */
  public static T5Config of(JsonNode config) {
    return Configs.read(config, SMALL);
  }

  boolean gated() {
    return feedForwardProj.startsWith(GATED);
  }

  Activation activation() {
    // The one name that means another function here than everywhere else.
    return feedForwardProj.equals("gated-gelu")
        ? Activation.geluTanh()
        : Activation.named(gated() ? feedForwardProj.substring(GATED.length()) : feedForwardProj);
  }

  int decoderLayers() {
    return numDecoderLayers == null ? numLayers : numDecoderLayers;
  }

  boolean sharedHead() {
    return scaleDecoderOutputs == null ? tieWordEmbeddings : scaleDecoderOutputs;
  }

  int startToken() {
    return decoderStartTokenId == null ? padTokenId : decoderStartTokenId;
  }
}
