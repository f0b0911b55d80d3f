package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class NamedDataTest {
  @Test
  void bundledDataHaveNames() throws IOException {
    assertThat(NamedData.open("digits", null).test().size()).isEqualTo(359);
    Splits fashion = NamedData.open("fashion-mnist", null);
    assertThat(fashion.train().size()).isEqualTo(10_000);
    assertThat(fashion.test().size()).isEqualTo(2_000);
  }

  @Test
  void theFullSetIsTheOneFoundOnTheMachine() throws IOException {
    assumeTrue(FashionMnist.find().isPresent(), "the full Fashion-MNIST is not on this machine");
    Splits full = NamedData.open("fashion-mnist-full", null);
    assertThat(full.train().size()).isEqualTo(60_000);
    assertThat(full.test().size()).isEqualTo(10_000);
  }

  @Test
  void anythingElseIsAFolder() {
    assertThatThrownBy(() -> NamedData.open("fashion", null))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no such folder")
        .hasMessageContaining("digits, fashion-mnist, fashion-mnist-full");
  }
}
