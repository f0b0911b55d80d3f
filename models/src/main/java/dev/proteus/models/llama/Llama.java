package dev.proteus.models.llama;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import dev.proteus.models.text.DecoderClassifier;
import dev.proteus.models.text.DecoderLm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The architectures of the Llama family, by the names that transformers gives them. */
public final class Llama {
  private static final String BASE = "model";

  /**
   * A member of the family.
   *
   * @param name what its architectures' names begin with
   * @param defaults of keys that its files leave out
   * @param projectionBias whether queries, keys and values have a bias in any case
   * @param headNorm whether each head of queries and keys is normalised
   */
  private record Member(
      String name, LlamaConfig defaults, boolean projectionBias, boolean headNorm) {

    LlamaModel model(LlamaConfig c) {
      return new LlamaModel(c, projectionBias, headNorm);
    }

    LlamaConfig read(JsonNode config) {
      return LlamaConfig.of(config, defaults);
    }

    Stream<Architecture> architectures() {
      return Stream.of(
              Architecture.of(name + "Model", c -> model(read(c))),
              Architecture.of(name + "ForCausalLM", BASE, c -> languageModel(read(c))),
              Architecture.of(
                  name + "ForSequenceClassification",
                  BASE,
                  c -> classifier(read(c), Configs.labels(c))))
          .map(a -> a.renaming(Llama::weights));
    }

    DecoderLm languageModel(LlamaConfig c) {
      return new DecoderLm(BASE, model(c), c.tieWordEmbeddings(), c.initializerRange());
    }

    DecoderClassifier classifier(LlamaConfig c, int classes) {
      return new DecoderClassifier(BASE, model(c), classes, c.padTokenId(), c.initializerRange());
    }
  }

  private static final Member LLAMA = new Member("Llama", LlamaConfig.LLAMA, false, false);

  private static final List<Member> FAMILY =
      List.of(
          LLAMA,
          new Member("Mistral", LlamaConfig.MISTRAL, false, false),
          new Member("Qwen2", LlamaConfig.QWEN2, true, false),
          new Member("Qwen3", LlamaConfig.QWEN3, false, true));

  private Llama() {}

  public static List<Architecture> architectures() {
    return FAMILY.stream().flatMap(Member::architectures).toList();
  }

  /** A Llama with fresh weights. */
  public static DecoderLm languageModel(LlamaConfig c) {
    return LLAMA.languageModel(c);
  }

  /** Early files hold the rotary frequencies of each layer, too. */
  private static Map<String, Tensor> weights(Map<String, Tensor> published) {
    Map<String, Tensor> weights = new LinkedHashMap<>(published);
    weights.keySet().removeIf(k -> k.endsWith(".rotary_emb.inv_freq"));
    return weights;
  }
}
