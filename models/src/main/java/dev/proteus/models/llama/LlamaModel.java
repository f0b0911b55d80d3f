package dev.proteus.models.llama;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;
import dev.proteus.models.text.Decoder;
import dev.proteus.models.text.Fresh;
import dev.proteus.models.text.KeyValueCache;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder of the Llama family: rotary positions, root-mean-square norms, gated perceptrons. Slots
 * have the names of transformers' {@code LlamaModel} ({@code embed_tokens}, {@code
 * layers.0.self_attn.q_proj}, …, {@code norm}).
 *
 * @see <a href="https://arxiv.org/abs/2302.13971">LLaMA: Open and Efficient Foundation Language
 *     Models</a>
 * @see <a href="https://arxiv.org/abs/2310.06825">Mistral 7B</a>
 * @see <a href="https://arxiv.org/abs/2505.09388">Qwen3 Technical Report</a>
 */
public final class LlamaModel extends Decoder {
  private static final long serialVersionUID = 1L;

  private final int keyValueHeads;
  private final int headWidth;
  private final Rotary rotary;
  private final Slot<Layer> words;
  private final List<Slot<LlamaBlock>> blocks = new ArrayList<>();
  private final Slot<Layer> norm;

  /**
   * With fresh weights.
   *
   * @param projectionBias whether queries, keys and values have a bias in any case (Qwen2)
   * @param headNorm whether each head of queries and keys is normalised (Qwen3)
   */
  LlamaModel(LlamaConfig c, boolean projectionBias, boolean headNorm) {
    keyValueHeads = c.keyValueHeads();
    headWidth = c.headWidth();
    rotary = new Rotary(c);
    words = slot("embed_tokens", new Embedding(c.vocabSize(), c.hiddenSize()));
    for (int i = 0; i < c.numHiddenLayers(); i++) {
      LlamaAttention attention = new LlamaAttention(c, i, projectionBias, headNorm);
      blocks.add(slot("layers." + i, LlamaBlock.class, new LlamaBlock(c, attention)));
    }
    norm = slot("norm", c.norm(c.hiddenSize()));
    Fresh.weights(this, c.initializerRange());
  }

  @Override
  public Tensor hidden(Tensor ids, CausalStep step) {
    Tensor y = words.call(ids);
    Rotary.Angles angles = rotary.angles(step.positions(), y.dtype());
    for (Slot<LlamaBlock> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (b, x) -> b.run(x, angles, step)));
    }
    return norm.call(y);
  }

  @Override
  public KeyValueCache cache(long batch, long positions) {
    return new KeyValueCache(
        blocks.size(),
        tokens().weight().value().dtype(),
        batch,
        keyValueHeads,
        positions,
        headWidth);
  }

  @Override
  public Embedding tokens() {
    return words.get().first(Embedding.class);
  }

  @Override
  public long positions() {
    return Long.MAX_VALUE;
  }
}
