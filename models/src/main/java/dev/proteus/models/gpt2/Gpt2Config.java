package dev.proteus.models.gpt2;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.models.Configs;

/**
 * Shape of a GPT-2, with the keys of transformers' {@code config.json}.
 *
 * @param positions the longest text
 * @param width of the hidden states
 * @param inner width of the blocks' perceptrons; null for four times the width
 * @param initializerRange standard deviation of fresh weights
 * @param scaleAttnWeights whether scores are divided by the root of a head's width
 * @param scaleAttnByInverseLayerIdx whether they are divided by the number of the layer, too
 * @param tieWordEmbeddings whether the language-model head shares the embeddings
 * @param padTokenId what fills texts up for classification, or null
 */
@JsonNaming(SnakeCaseStrategy.class)
public record Gpt2Config(
    int vocabSize,
    @JsonProperty("n_positions") int positions,
    @JsonProperty("n_embd") int width,
    @JsonProperty("n_layer") int layers,
    @JsonProperty("n_head") int heads,
    @JsonProperty("n_inner") Integer inner,
    String activationFunction,
    @JsonProperty("resid_pdrop") double residualDropout,
    @JsonProperty("embd_pdrop") double embeddingDropout,
    @JsonProperty("attn_pdrop") double attentionDropout,
    double layerNormEpsilon,
    double initializerRange,
    boolean scaleAttnWeights,
    boolean scaleAttnByInverseLayerIdx,
    boolean tieWordEmbeddings,
    Long padTokenId) {

  /** The smallest of the published ones, 124 M parameters: what a key that is left out means. */
  public static final Gpt2Config SMALL =
      new Gpt2Config(
          50257,
          1024,
          768,
          12,
          12,
          null,
          "gelu_new",
          0.1,
          0.1,
          0.1,
          1e-5,
          0.02,
          true,
          false,
          true,
          null);

  public Gpt2Config {
    if (heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: n_embd %d is not a multiple of n_head %d".formatted(width, heads));
    }
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key that is wrong or asks for what is not here
   */
  public static Gpt2Config of(JsonNode config) {
    Configs.only(config, "add_cross_attention", "false");
    return Configs.read(config, SMALL);
  }

  LayerNorm norm() {
    return new LayerNorm(new long[] {width}, layerNormEpsilon, true, true);
  }

  int innerWidth() {
    return inner == null ? 4 * width : inner;
  }
}
