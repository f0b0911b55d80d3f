package dev.proteus.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Texts;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextDatasetTest {
  private final Tensor target = Tensor.of(new long[] {1, 0, 1}, 3);

  @Test
  void textsAreTokenisedWhenTheyAreAskedFor() throws IOException {
    Texts texts = new Texts(List.of("a b c", "c", "b"), null, target, List.of("no", "yes"));
    TextDataset data = new TextDataset(texts, TokenizerTest.words());
    Batch b = data.get(new long[] {2, 1});
    assertThat(b.input().shape()).containsExactly(2, 3, 3);
    assertThat(Tokens.of(b.input()).ids().contiguous().toLongs()).containsExactly(2, 5, 3, 2, 6, 3);
    assertThat(b.target().toLongs()).containsExactly(1, 0);
    assertThat(data.get(new long[] {0, 1}).input().size(2)).isEqualTo(5);
    assertThat(data.size()).isEqualTo(3);
    assertThat(data.classNames()).containsExactly("no", "yes");
    assertThat(data.lengths()).containsExactly(5, 1, 1);
  }

  @Test
  void pairsGoTogether() throws IOException {
    Texts texts = new Texts(List.of("a", "b", "c"), List.of("c b", "b", "a"), null, List.of());
    TextDataset data = new TextDataset(texts, TokenizerTest.words());
    Batch b = data.get(new long[] {0, 1});
    assertThat(b.target()).isNull();
    assertThat(Tokens.of(b.input()).types().contiguous().toLongs())
        .containsExactly(0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0);
    assertThat(data.lengths()).containsExactly(4, 2, 2);
  }
}
