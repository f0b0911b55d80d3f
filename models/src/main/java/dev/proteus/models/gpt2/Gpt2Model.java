package dev.proteus.models.gpt2;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.CausalStep;
import dev.proteus.models.text.Decoder;
import dev.proteus.models.text.Fresh;
import dev.proteus.models.text.KeyValueCache;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-2: learned positions, blocks with the norm first, a norm at the end. Slots have the names of
 * transformers' {@code GPT2Model} ({@code wte}, {@code wpe}, {@code h.0.attn.c_attn}, …, {@code
 * ln_f}).
 *
 * @see <a
 *     href="https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf">Language
 *     Models are Unsupervised Multitask Learners</a>
 */
public final class Gpt2Model extends Decoder {
  private static final long serialVersionUID = 1L;

  private final int limit;
  private final int heads;
  private final Slot<Layer> words;
  private final Slot<Embedding> places;
  private final Slot<Layer> drop;
  private final List<Slot<Gpt2Block>> blocks = new ArrayList<>();
  private final Slot<Layer> norm;

  /**
   * With fresh weights; those that end a block's branches are smaller the more blocks there are.
   */
  public Gpt2Model(Gpt2Config c) {
    limit = c.positions();
    heads = c.heads();
    words = slot("wte", new Embedding(c.vocabSize(), c.width()));
    places = slot("wpe", Embedding.class, new Embedding(c.positions(), c.width()));
    drop = slot("drop", new Dropout(c.embeddingDropout()));
    for (int i = 0; i < c.layers(); i++) {
      blocks.add(slot("h." + i, Gpt2Block.class, new Gpt2Block(c, i)));
    }
    norm = slot("ln_f", c.norm());
    Fresh.weights(this, c.initializerRange());
    slots()
        .forEach(
            (path, slot) -> {
              if (path.endsWith(".c_proj")) {
                double std = c.initializerRange() / Math.sqrt(2.0 * c.layers());
                Init.normal_(((TransposedLinear) slot.get()).weight().value(), 0, std);
              }
            });
  }

  @Override
  public Tensor hidden(Tensor ids, CausalStep step) {
    if (ids.size(1) > limit) {
      throw wrongInput("at most " + limit + " tokens", ids);
    }
    Tensor y = drop.call(words.call(ids).add(places.call(step.positions())));
    for (Slot<Gpt2Block> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in, (b, x) -> b.run(x, step)));
    }
    return norm.call(y);
  }

  @Override
  public KeyValueCache cache(long batch, long positions) {
    Tensor table = tokens().weight().value();
    return new KeyValueCache(
        blocks.size(), table.dtype(), batch, heads, positions, table.size(1) / heads);
  }

  @Override
  public Embedding tokens() {
    return words.get().first(Embedding.class);
  }

  @Override
  public long positions() {
    return limit;
  }
}
