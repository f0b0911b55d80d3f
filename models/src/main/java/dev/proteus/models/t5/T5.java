package dev.proteus.models.t5;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import dev.proteus.models.text.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** T5's architectures, by the names that transformers gives them, and what they share. */
public final class T5 {
  private T5() {}

  public static List<Architecture> architectures() {
    return List.of(
        Architecture.of("T5Model", c -> new T5Model(T5Config.of(c)))
            .renaming(published -> without(published, "lm_head.")),
        Architecture.of("T5EncoderModel", c -> new T5EncoderModel(T5Config.of(c)))
            .renaming(published -> without(published, "lm_head.", "decoder.")),
        Architecture.of(
                "T5ForConditionalGeneration", c -> new T5ForConditionalGeneration(T5Config.of(c)))
            .renaming(T5::withHead));
  }

  /** The published tensors but those that begin so, and one that old files have for nothing. */
  private static Map<String, Tensor> without(Map<String, Tensor> published, String... prefixes) {
    Map<String, Tensor> state = new LinkedHashMap<>(published);
    state.remove("decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight");
    state.keySet().removeIf(name -> List.of(prefixes).stream().anyMatch(name::startsWith));
    return state;
  }

  /** A file leaves out a head that equals the embeddings, also where it could differ. */
  private static Map<String, Tensor> withHead(Map<String, Tensor> published) {
    Map<String, Tensor> state = without(published);
    if (state.containsKey("shared.weight")) {
      state.putIfAbsent("lm_head.weight", state.get("shared.weight"));
    }
    return state;
  }

  static Linear linear(long in, long out, double std) {
    Linear l = new Linear(in, out, false);
    Init.normal_(l.weight().value(), 0, std);
    return l;
  }

  static Embedding words(T5Config c) {
    Embedding table = new Embedding(c.vocabSize(), c.dModel());
    Init.normal_(table.weight().value(), 0, c.initializerFactor());
    return table;
  }

  static Tensor hidden(Slot<T5Stack> encoder, Slot<T5Stack> decoder, Tokens source, Tokens target) {
    Tensor encoded = encoder.call(source.ids(), (l, in) -> l.encode(source));
    return decoder.call(
        target.ids(), (l, in) -> l.decode(target, l.remember(encoded, source), null));
  }
}
