package dev.proteus.models.vit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;

/**
 * Shape of a {@link ViTModel}, with the keys of a {@code config.json} of transformers.
 *
 * @param imageSize height and width of the image
 * @param patchSize height and width of a patch; divides the image's
 * @param hiddenAct activation of the feed-forward part
 * @param qkvBias whether query, key and value have a bias
 * @param initializerRange standard deviation of fresh weights
 * @param poolerOutputSize width of the pooler, or null for the hidden size
 * @param poolerAct activation of the pooler
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ViTConfig(
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int intermediateSize,
    String hiddenAct,
    double hiddenDropoutProb,
    double attentionProbsDropoutProb,
    double initializerRange,
    double layerNormEps,
    int imageSize,
    int patchSize,
    int numChannels,
    boolean qkvBias,
    Integer poolerOutputSize,
    String poolerAct) {

  /** ViT-base: what a key that is left out means. */
  public static final ViTConfig BASE =
      new ViTConfig(768, 12, 12, 3072, "gelu", 0, 0, 0.02, 1e-12, 224, 16, 3, true, null, "tanh");

  public ViTConfig {
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, numAttentionHeads));
    }
  }

  /** Reads a {@code config.json} of transformers. */
  public static ViTConfig of(JsonNode config) {
    return Configs.read(config, BASE);
  }
}
