package dev.proteus.models.clip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;

/**
 * Shape of a {@link CLIPVisionModel}, with the keys of transformers.
 *
 * @param projectionDim width of the space that images and texts share
 * @param imageSize height and width of the image
 * @param patchSize height and width of a patch
 * @param initializerRange standard deviation of fresh patch and position embeddings
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CLIPVisionConfig(
    int hiddenSize,
    int intermediateSize,
    int projectionDim,
    int numHiddenLayers,
    int numAttentionHeads,
    int numChannels,
    int imageSize,
    int patchSize,
    String hiddenAct,
    double layerNormEps,
    double attentionDropout,
    double initializerRange,
    double initializerFactor)
    implements CLIPTower {

  /** That of CLIP ViT-B/32: what a key that is left out means. */
  public static final CLIPVisionConfig BASE =
      new CLIPVisionConfig(768, 3072, 512, 12, 12, 3, 224, 32, "quick_gelu", 1e-5, 0, 0.02, 1);

  public CLIPVisionConfig {
    CLIPTower.check(hiddenSize, numAttentionHeads);
  }

  /** Reads a {@code config.json} of the image encoder alone. */
  public static CLIPVisionConfig of(JsonNode config) {
    return Configs.read(config, BASE);
  }
}
