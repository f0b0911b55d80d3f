package dev.proteus.lab.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.models.Model;
import dev.proteus.models.text.ByteTokenizer;
import dev.proteus.models.text.Tokenizer;
import java.util.Locale;

/**
 * The shape of a small language model with fresh weights, over the tokens of {@link ByteTokenizer}.
 *
 * @param architecture of the decoder
 * @param layers number of blocks
 * @param width of the hidden states; a multiple of the heads
 * @param heads of the attention
 * @param context longest text, in tokens
 */
public record SmallLm(Architecture architecture, int layers, int width, int heads, int context) {
  /** A perceptron's width in widths of the hidden state: with a gate it has a matrix more. */
  private static final int PLAIN = 4;

  private static final double GATED = 8.0 / 3;

  /** Which decoder. */
  public enum Architecture {
    GPT2,
    LLAMA;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public SmallLm {
    if (layers < 1 || heads < 1 || context < 1 || width < 1 || width % (2 * heads) != 0) {
      throw new IllegalArgumentException(
          "layers, heads and context must be above 0 and the width a multiple of twice the heads, but they are %d, %d, %d and %d"
              .formatted(layers, heads, context, width));
    }
  }

  /** The network, with weights of this seed. */
  public Model fresh(long seed) {
    try (Generator.Use run = Generator.seeded(seed).use()) {
      return Model.fresh(config());
    }
  }

  /** Its {@code config.json}. */
  ObjectNode config() {
    Tokenizer tokenizer = ByteTokenizer.create();
    ObjectNode c = new ObjectMapper().createObjectNode();
    c.put("model_type", architecture.toString())
        .put("vocab_size", tokenizer.vocabularySize())
        .put("bos_token_id", tokenizer.id(ByteTokenizer.END))
        .put("eos_token_id", tokenizer.id(ByteTokenizer.END))
        .put("tie_word_embeddings", true);
    switch (architecture) {
      case GPT2 -> {
        c.putArray("architectures").add("GPT2LMHeadModel");
        c.put("n_layer", layers).put("n_embd", width).put("n_head", heads);
        c.put("n_positions", context).put("n_inner", PLAIN * width);
        // A small network that sees every text but a few times has nothing to forget.
        c.put("attn_pdrop", 0).put("embd_pdrop", 0).put("resid_pdrop", 0);
      }
      case LLAMA -> {
        c.putArray("architectures").add("LlamaForCausalLM");
        c.put("num_hidden_layers", layers).put("hidden_size", width);
        c.put("num_attention_heads", heads).put("num_key_value_heads", heads);
        c.put("max_position_embeddings", context).put("rope_theta", 10000.0);
        c.put("intermediate_size", (int) Math.round(GATED * width));
      }
    }
    return c;
  }
}
