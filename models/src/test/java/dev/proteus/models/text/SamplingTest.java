package dev.proteus.models.text;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingTest {
  private final Fixture f = Fixture.read("sampling/logits");
  private final Tensor logits = f.get("logits");

  private void equal(String name, Tensor got) {
    // allClose takes equal infinities for close
    assertClose(name, got, f.get(name), 1e-6);
  }

  @Test
  void filtersAreThoseOfTransformers() {
    equal("top_k", Sampling.topK(logits, 5));
    equal("top_k_all", Sampling.topK(logits, 50));
    equal("top_p", Sampling.topP(logits, 0.8));
    equal("top_p_one", Sampling.topP(logits, 0.01));
    equal("penalty", Sampling.penalise(logits, f.get("ids"), 1.3));
    equal("together", new Generation(1, true, 1.7, 12, 0.8, 1, List.of(), 0).filter(logits));
  }

  /** A network whose next token has the same logits always, whatever came before. */
  private record Constant(Tensor logits) implements CausalLm {
    @Override
    public Decoding begin(Tokens prompt, long newTokens) {
      return new Decoding() {
        @Override
        public Tokens start() {
          return prompt;
        }

        @Override
        public Tensor next(Tensor ids) {
          return logits.expand(prompt.ids().size(0), logits.size(0));
        }
      };
    }
  }

  @Test
  void tokensAreDrawnByTheirProbabilities() {
    Tensor probabilities = Tensor.vector(0.5, 0.3, 0.15, 0.05).to(DType.FLOAT32);
    CausalLm model = new Constant(probabilities.log());
    Tokens prompts = new Tokens(Tensor.zeros(DType.INT64, 1000, 1));
    Generation topThree = new Generation(10, true, 1, 3, 1, 1, List.of(), 0);
    try (Generator.Use run = Generator.seeded(4).use()) {
      Tensor y = topThree.generate(model, prompts);
      Tensor share = y.flatten().bincount(4).to(DType.FLOAT64).div(10_000.0);
      double[] expected = {0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0};
      assertThat(share.toDoubles()).containsExactly(expected, within(0.02));
      Generator.current().seed(4);
      assertThat(topThree.generate(model, prompts).equal(y)).isTrue();
      assertThat(topThree.generate(model, prompts).equal(y)).isFalse();
    }
  }

  @Test
  void settingsOutOfRangeAreRefusedByName() {
    refused("maxNewTokens", 0, 1, 0, 1, 1);
    refused("temperature", 1, 0, 0, 1, 1);
    refused("topK", 1, 1, -1, 1, 1);
    refused("topP", 1, 1, 0, 0, 1);
    refused("topP", 1, 1, 0, 1.5, 1);
    refused("repetitionPenalty", 1, 1, 0, 1, 0);
  }

  private static void refused(
      String name, int tokens, double temperature, int topK, double topP, double penalty) {
    assertThatThrownBy(
            () -> new Generation(tokens, true, temperature, topK, topP, penalty, List.of(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(name + " must be");
  }
}
