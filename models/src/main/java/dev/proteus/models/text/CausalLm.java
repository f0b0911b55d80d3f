package dev.proteus.models.text;

import dev.proteus.core.tensor.Tensor;

/**
 * A network that writes text token by token: a decoder alone, or one behind an encoder. What {@link
 * Generation} needs of it.
 */
public interface CausalLm {
  /**
   * Begins to write for a batch.
   *
   * @param prompt what a decoder continues, padded on the left; what an encoder reads, padded
   *     anywhere
   * @param newTokens how many will be written at most; what the writing keeps is allocated for
   *     these, in the scope that is open now
   * @throws IllegalArgumentException if the network has not as many positions
   */
  Decoding begin(Tokens prompt, long newTokens);

  /** A batch that is being written. */
  interface Decoding {
    /** What comes before the first new token: the prompt padded on the left, or a start token. */
    Tokens start();

    /**
     * Logits of what follows, [B, V].
     *
     * @param ids what came since the last call, int64 [B, T]: first those of {@link #start()}, then
     *     each chosen token, [B, 1]
     */
    Tensor next(Tensor ids);
  }
}
