package dev.proteus.models.clip;

/** Shape of the transformer that both of CLIP's encoders are. */
interface CLIPTower {
  int hiddenSize();

  int intermediateSize();

  int numHiddenLayers();

  int numAttentionHeads();

  String hiddenAct();

  double layerNormEps();

  /** Dropout of the attention weights. */
  double attentionDropout();

  /** Factor of the standard deviations of fresh weights. */
  double initializerFactor();

  static void check(int hiddenSize, int heads) {
    if (heads < 1 || hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "config.json: hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, heads));
    }
  }
}
