package dev.proteus.models.gpt2;

import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import dev.proteus.models.Configs;
import dev.proteus.models.text.DecoderClassifier;
import dev.proteus.models.text.DecoderLm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** GPT-2's architectures, by the names that transformers gives them. */
public final class Gpt2 {
  private static final String BASE = "transformer";

  private Gpt2() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("GPT2Model", c -> new Gpt2Model(Gpt2Config.of(c))).renaming(Gpt2::weights),
        Architecture.of("GPT2LMHeadModel", BASE, c -> languageModel(Gpt2Config.of(c)))
            .renaming(Gpt2::weights),
        Architecture.of(
                "GPT2ForSequenceClassification",
                BASE,
                c -> classifier(Gpt2Config.of(c), Configs.labels(c)))
            .renaming(Gpt2::weights));
  }

  /** A language model with fresh weights. */
  public static DecoderLm languageModel(Gpt2Config c) {
    return new DecoderLm(BASE, new Gpt2Model(c), c.tieWordEmbeddings(), c.initializerRange());
  }

  private static DecoderClassifier classifier(Gpt2Config c, int classes) {
    return new DecoderClassifier(
        BASE, new Gpt2Model(c), classes, c.padTokenId(), c.initializerRange());
  }

  /** Early files hold the causal mask of each layer, too. */
  private static Map<String, Tensor> weights(Map<String, Tensor> published) {
    Map<String, Tensor> weights = new LinkedHashMap<>(published);
    weights.keySet().removeIf(k -> k.endsWith(".attn.bias") || k.endsWith(".attn.masked_bias"));
    return weights;
  }
}
