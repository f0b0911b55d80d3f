package dev.proteus.models.text;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * One vector a text: the mean of an encoder's hidden states over the tokens that are not padding,
 * as sentence-transformers make it.
 *
 * <pre>  y = sum_t mask_t hidden_t / sum_t mask_t,  then y / |y| if normalised      y: [B, D]
 * </pre>
 *
 * @see <a href="https://arxiv.org/abs/1908.10084">Sentence-BERT: Sentence Embeddings using Siamese
 *     BERT-Networks</a>
 */
public final class SentenceEmbedding extends Layer {
  private static final long serialVersionUID = 1L;

  /** Against division by zero, for a text without tokens or a vector that is zero. */
  private static final double LEAST = 1e-12;

  private final Slot<Layer> encoder;
  private final boolean normalised;

  /**
   * @param encoder from tokens to hidden states [B, T, D]
   * @param normalised whether every vector has length 1
   */
  public SentenceEmbedding(Layer encoder, boolean normalised) {
    this.encoder = slot("encoder", encoder);
    this.normalised = normalised;
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor hidden = encoder.call(x);
    Tensor mask = Tokens.of(x).mask().to(hidden.dtype()).unsqueeze(2);
    Tensor mean = hidden.mul(mask).sum(1).div(mask.sum(1).clampMin(LEAST));
    return normalised ? mean.div(mean.norm(2, new int[] {-1}, true).clampMin(LEAST)) : mean;
  }
}
