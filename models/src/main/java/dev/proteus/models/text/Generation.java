package dev.proteus.models.text;

import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * How a {@link CausalLm} writes. The logits of the next token go, in this order, through the
 * repetition penalty, and if it samples, the temperature, top-k and top-p; then the largest is
 * taken, or one is drawn from {@link Generator#current()}. A sequence ends with a stop token, the
 * batch when all have ended or {@code maxNewTokens} are written.
 *
 * @param maxNewTokens above 0
 * @param sample draw from the distribution; else take the most probable token (greedy)
 * @param temperature divides the logits when sampling; above 0, 1 leaves them
 * @param topK when sampling, the k most probable tokens alone; 0 for all
 * @param topP when sampling, the most probable tokens that reach this probability together; in (0,
 *     1], 1 for all
 * @param repetitionPenalty above 1 makes tokens that the sequence has already, those of the prompt
 *     included, less likely; 1 leaves it
 * @param stopIds tokens that end a sequence
 * @param padId fills a sequence up after its end
 */
public record Generation(
    int maxNewTokens,
    boolean sample,
    double temperature,
    int topK,
    double topP,
    double repetitionPenalty,
    List<Long> stopIds,
    long padId) {

  public Generation {
    stopIds = List.copyOf(stopIds);
    require(maxNewTokens > 0, "maxNewTokens must be above 0, but is " + maxNewTokens);
    require(temperature > 0, "temperature must be above 0, but is " + temperature);
    require(topK >= 0, "topK must be 0 (for all) or more, but is " + topK);
    require(topP > 0 && topP <= 1, "topP must be in (0, 1], but is " + topP);
    require(
        repetitionPenalty > 0, "repetitionPenalty must be above 0, but is " + repetitionPenalty);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /** The most probable token each time. */
  public static Generation greedy(int maxNewTokens, List<Long> stopIds, long padId) {
    return new Generation(maxNewTokens, false, 1, 0, 1, 1, stopIds, padId);
  }

  /** Sees each new token as soon as it is chosen. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called after each step.
     *
     * @param tokens one for each sequence; the pad token for those that have ended
     */
    void tokens(long[] tokens);
  }

  /** New tokens, int64 [B, n], with {@code padId} after the end of a sequence. */
  public Tensor generate(CausalLm model, Tokens prompt) {
    return generate(model, prompt, tokens -> {});
  }

  /** The same, token by token. */
  public Tensor generate(CausalLm model, Tokens prompt, Listener listener) {
    try (Scope whole = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      CausalLm.Decoding decoding = model.begin(prompt, maxNewTokens);
      Tokens start = decoding.start();
      long given = start.ids().size(1);
      // Padding must not count as text that has come: the last token, which has, in its place.
      Tensor last = start.ids().narrow(1, given - 1, 1);
      Tensor sequences = start.mask().eq(0).where(last, start.ids());
      boolean[] ended = new boolean[(int) sequences.size(0)];
      Tensor ids = start.ids();
      for (int i = 0; i < maxNewTokens && !all(ended); i++) {
        try (Scope step = Scope.open()) {
          long[] tokens = choose(decoding.next(ids), sequences).toLongs();
          for (int b = 0; b < tokens.length; b++) {
            tokens[b] = ended[b] ? padId : tokens[b];
            ended[b] |= stopIds.contains(tokens[b]);
          }
          ids = step.keep(Tensor.of(tokens, tokens.length, 1));
          sequences = step.keep(Tensor.cat(1, sequences, ids));
          listener.tokens(tokens);
        }
      }
      return whole.keep(sequences.narrow(1, given, sequences.size(1) - given).copy());
    }
  }

  private static boolean all(boolean[] flags) {
    for (boolean flag : flags) {
      if (!flag) {
        return false;
      }
    }
    return true;
  }

  /** One token for each sequence, [B]. */
  private Tensor choose(Tensor next, Tensor sequences) {
    Tensor logits = next.to(DType.FLOAT32);
    if (repetitionPenalty != 1) {
      logits = Sampling.penalise(logits, sequences, repetitionPenalty);
    }
    return sample
        ? filter(logits).softmax(-1).multinomial(1, false, Generator.current()).squeeze(1)
        : logits.argmax(-1);
  }

  /** The logits that it samples from. */
  Tensor filter(Tensor logits) {
    Tensor y = temperature == 1 ? logits : logits.div(temperature);
    y = topK == 0 ? y : Sampling.topK(y, topK);
    return topP == 1 ? y : Sampling.topP(y, topP);
  }
}
