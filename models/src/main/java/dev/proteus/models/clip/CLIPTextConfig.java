package dev.proteus.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;

/**
 * Shape of a {@link CLIPTextModel}, with the keys of transformers.
 *
 * @param projectionDim width of the space that images and texts share
 * @param maxPositionEmbeddings longest text, in tokens
 * @param eosTokenId the token whose vector stands for the text; 2, a number that early files have
 *     by mistake, stands for the highest id in the text
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CLIPTextConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int projectionDim,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    String hiddenAct,
    double layerNormEps,
    double attentionDropout,
    double initializerFactor,
    int eosTokenId)
    implements CLIPTower {

  /** That of CLIP ViT-B/32: what a key that is left out means. */
  public static final CLIPTextConfig BASE =
      new CLIPTextConfig(49408, 512, 2048, 512, 12, 8, 77, "quick_gelu", 1e-5, 0, 1, 49407);

  public CLIPTextConfig {
    CLIPTower.check(hiddenSize, numAttentionHeads);
  }

  /** Reads a {@code config.json} of the text encoder alone. */
  public static CLIPTextConfig of(JsonNode config) {
    return Configs.read(config, BASE);
  }
}
