package dev.proteus.core.nn;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ActivationNamesTest {
  @Test
  void namesOfConfigFilesGiveTheirFunctions() {
    assertThat(Activation.named("gelu").kind()).isEqualTo(Activation.Kind.GELU);
    assertThat(Activation.named("gelu_new").kind()).isEqualTo(Activation.Kind.GELU_TANH);
    assertThat(Activation.named("swish").kind()).isEqualTo(Activation.Kind.SILU);
    assertThatThrownBy(() -> Activation.named("gelux"))
        .hasMessageContaining("unknown activation 'gelux'; known: gelu,");
  }

  /** 2 / (1 + e^-3.404). */
  @Test
  void quickGeluIsASigmoidWithAFactor() {
    Tensor y = Activation.named("quick_gelu").forward(Tensor.vector(2, 0));
    assertClose("quick_gelu", y, Tensor.vector(2 / (1 + Math.exp(-3.404)), 0), 1e-6);
  }
}
