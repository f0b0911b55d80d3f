package dev.proteus.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token a byte; and texts as rows of tokens. */
class ByteTokenizerTest {
  private static final Tokenizer BYTES = ByteTokenizer.create();

  @Property(tries = 200)
  void idsAreTheBytesAndComeBack(@ForAll String text) {
    // Half a surrogate pair is no text: UTF-8 has a question mark for it.
    String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
    long[] ids = BYTES.ids(whole);
    assertThat(ids).isEqualTo(unsigned(bytes));
    assertThat(BYTES.decode(ids)).isEqualTo(whole);
  }

  private static long[] unsigned(byte[] bytes) {
    return IntStream.range(0, bytes.length).mapToLong(i -> bytes[i] & 255).toArray();
  }

  @Test
  void theEndIsATokenOfItsOwn(@TempDir Path folder) throws IOException {
    ByteTokenizer.save(folder);
    Tokenizer read = Tokenizer.load(folder);
    assertThat(read.eos()).isEqualTo(ByteTokenizer.END);
    assertThat(read.id(ByteTokenizer.END)).isEqualTo(256);
    assertThat(read.vocabularySize()).isEqualTo(257);
    assertThat(read.ids("a" + ByteTokenizer.END)).containsExactly('a', 256);
  }

  @Test
  void charactersComeWhenTheyAreWhole() {
    TextStream stream = new TextStream(BYTES);
    StringBuilder heard = new StringBuilder();
    for (long id : BYTES.ids("aé→😀b")) {
      String text = stream.add(id);
      assertThat(text).doesNotContain("\uFFFD");
      heard.append(text).append('|');
    }
    assertThat(heard).hasToString("a||é|||→||||😀|b|");
    assertThat(stream.add(0xC3)).isEmpty();
    assertThat(stream.end()).isEqualTo("\uFFFD");
  }

  @Test
  void blocksHaveTheTokensThatFollow() {
    long[] ids = Corpus.ids(BYTES, List.of("ab", "cd"));
    assertThat(ids).containsExactly('a', 'b', '\n', 'c', 'd', '\n');
    Dataset blocks = Corpus.blocks(ids, 2);
    assertThat(blocks.size()).isEqualTo(2);
    Batch batch = blocks.get(new long[] {1});
    assertThat(batch.input().toLongs()).containsExactly('\n', 'c');
    assertThat(batch.target().toLongs()).containsExactly('c', 'd');
    assertThatThrownBy(() -> Corpus.blocks(ids, 6)).hasMessageContaining("there are 6 tokens");
  }

  @Test
  void longTextsAreCutIntoPartsAndNothingIsLost() {
    List<String> lines = LongStream.range(0, 1000).mapToObj(Long::toString).toList();
    assertThat(BYTES.decode(Corpus.ids(BYTES, lines))).isEqualTo(String.join("\n", lines) + "\n");
  }

  /** Says 0 with probability 1/2, and the other two tokens with 1/4. */
  private static final class Constant extends Layer {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      return Tensor.vector(0.5, 0.25, 0.25).log().expand(x.size(0), x.size(1), 3);
    }
  }

  @Test
  void perplexityIsTheInverseOfTheMeanProbability() {
    Dataset blocks = Corpus.blocks(new long[] {2, 0, 1, 0, 0, 2, 0, 0, 1, 2, 0}, 2);
    // tokens that follow: 0 1 0 0 2 0 0 1 2 0: six of probability 1/2, four of 1/4
    double expected = Math.exp((6 * Math.log(2) + 4 * Math.log(4)) / 10);
    assertThat(NextToken.perplexity(new Constant(), blocks, 2)).isCloseTo(expected, within(1e-6));
  }
}
