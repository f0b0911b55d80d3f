package dev.proteus.models.llama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.core.nn.RMSNorm;
import dev.proteus.models.Configs;
import java.util.List;

/**
 * Shape of a decoder of the Llama family, with the keys of transformers' {@code config.json}.
 *
 * @param numKeyValueHeads heads of keys and values, which queries share; null for one a query head
 * @param headDim width of a head; null for the hidden size over the heads
 * @param maxPositionEmbeddings the longest text of the training; some rotary scalings use it
 * @param initializerRange standard deviation of fresh weights
 * @param tieWordEmbeddings whether the language-model head shares the embeddings
 * @param attentionBias whether all four projections of the attention have a bias
 * @param mlpBias whether the perceptrons have one
 * @param slidingWindow how many positions a window shows, the own one included; null for all
 * @param useSlidingWindow Qwen: whether there is a window at all
 * @param maxWindowLayers Qwen: how many layers, from the first, see everything nevertheless
 * @param layerTypes Qwen: {@code full_attention} or {@code sliding_attention} for each layer; null
 *     for what the two keys before say
 * @param ropeTheta base of the rotary wavelengths, in files of transformers before version 5
 * @param ropeScaling how they are scaled, in such files; or null
 * @param ropeParameters both, in later files; or null
 * @param padTokenId what fills texts up for classification, or null
 */
@JsonNaming(SnakeCaseStrategy.class)
public record LlamaConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    Integer numKeyValueHeads,
    Integer headDim,
    String hiddenAct,
    int maxPositionEmbeddings,
    double initializerRange,
    double rmsNormEps,
    boolean tieWordEmbeddings,
    boolean attentionBias,
    boolean mlpBias,
    double attentionDropout,
    Integer slidingWindow,
    boolean useSlidingWindow,
    int maxWindowLayers,
    List<String> layerTypes,
    Double ropeTheta,
    JsonNode ropeScaling,
    JsonNode ropeParameters,
    Long padTokenId) {

  static final String FULL = "full_attention";
  static final String SLIDING = "sliding_attention";

  /** What a key that is left out means for Llama. */
  public static final LlamaConfig LLAMA =
      new LlamaConfig(
          32000, 4096, 11008, 32, 32, null, null, "silu", 2048, 0.02, 1e-6, false, false, false, 0,
          null, false, 0, null, null, null, null, null);

  static final LlamaConfig MISTRAL =
      new LlamaConfig(
          32000, 4096, 14336, 32, 32, 8, null, "silu", 131072, 0.02, 1e-6, false, false, false, 0,
          4096, true, 0, null, null, null, null, null);

  static final LlamaConfig QWEN2 =
      new LlamaConfig(
          151936, 4096, 22016, 32, 32, 32, null, "silu", 32768, 0.02, 1e-6, false, false, false, 0,
          4096, false, 28, null, null, null, null, null);

  static final LlamaConfig QWEN3 =
      new LlamaConfig(
          151936, 4096, 22016, 32, 32, 32, 128, "silu", 32768, 0.02, 1e-6, false, false, false, 0,
          4096, false, 28, null, null, null, null, null);

  public LlamaConfig {
    layerTypes = layerTypes == null ? null : List.copyOf(layerTypes);
    if (numAttentionHeads < 1
        || (headDim == null && hiddenSize % numAttentionHeads != 0)
        || (numKeyValueHeads != null && numAttentionHeads % numKeyValueHeads != 0)) {
      throw new IllegalArgumentException(
          "config.json: num_attention_heads %d must divide hidden_size %d (where head_dim is not given) and be a multiple of num_key_value_heads %s"
              .formatted(numAttentionHeads, hiddenSize, numKeyValueHeads));
    }
    if (layerTypes != null
        && (layerTypes.size() != numHiddenLayers
            || layerTypes.stream().anyMatch(t -> !t.equals(FULL) && !t.equals(SLIDING)))) {
      throw new IllegalArgumentException(
          "config.json: layer_types must name %s or %s for each of %d layers, but is %s"
              .formatted(FULL, SLIDING, numHiddenLayers, layerTypes));
    }
  }

  static LlamaConfig of(JsonNode config, LlamaConfig defaults) {
    Configs.only(config, "pretraining_tp", "1");
    return Configs.read(config, defaults);
  }

  int keyValueHeads() {
    return numKeyValueHeads == null ? numAttentionHeads : numKeyValueHeads;
  }

  int headWidth() {
    return headDim == null ? hiddenSize / numAttentionHeads : headDim;
  }

  /** How many positions a layer sees; 0 for all. */
  int window(int layer) {
    if (!useSlidingWindow || slidingWindow == null) {
      return 0;
    }
    boolean sliding =
        layerTypes == null ? layer >= maxWindowLayers : layerTypes.get(layer).equals(SLIDING);
    return sliding ? slidingWindow : 0;
  }

  RMSNorm norm(int dim) {
    return new RMSNorm(dim, rmsNormEps);
  }
}
