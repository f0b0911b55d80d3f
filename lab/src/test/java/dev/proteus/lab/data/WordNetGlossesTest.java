package dev.proteus.lab.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.data.TextFolder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordNetGlossesTest {
  private static final WordNetGlosses.Caps CAPS = new WordNetGlosses.Caps(50, 10, 20);

  @Test
  void everyDefinitionIsReadOnce() {
    List<List<String>> all = WordNetGlosses.read();
    assertThat(all).hasSize(45);
    long definitions = all.stream().mapToLong(List::size).sum();
    assertThat(definitions).isBetween(110_000L, 117_791L);
    assertThat(all.get(WordNetGlosses.CATEGORIES.indexOf("noun.Tops")))
        .contains(
            "that which is perceived or known or inferred to have its own distinct existence"
                + " (living or nonliving)");
    assertThat(all.get(WordNetGlosses.CATEGORIES.indexOf("noun.animal")))
        .anyMatch(g -> g.startsWith("a member of the genus Canis"));
    assertThat(all).noneMatch(c -> c.stream().anyMatch(g -> g.contains("; \"")));
  }

  @Test
  void partsAreCappedAndDoNotOverlap() {
    TextFolder.Parts parts = WordNetGlosses.draw(CAPS, 1);
    Set<String> texts = new HashSet<>(parts.train().texts());
    texts.addAll(parts.validation().texts());
    texts.addAll(parts.test().texts());
    int all = parts.train().size() + parts.validation().size() + parts.test().size();
    assertThat(texts).hasSize(all);
    long[] trained = counts(parts.train().target().toLongs());
    assertThat(Arrays.stream(trained).boxed()).allMatch(n -> n > 20 && n <= 50);
    assertThat(Arrays.stream(counts(parts.test().target().toLongs())).boxed())
        .allMatch(n -> n > 5 && n <= 20);
    assertThat(trained[WordNetGlosses.CATEGORIES.indexOf("noun.artifact")]).isEqualTo(50);
  }

  private static long[] counts(long[] labels) {
    long[] counts = new long[45];
    Arrays.stream(labels).forEach(l -> counts[(int) l]++);
    return counts;
  }

  @Test
  void theSeedDecidesTheDraw() {
    List<String> first = WordNetGlosses.draw(CAPS, 1).train().texts();
    assertThat(WordNetGlosses.draw(CAPS, 1).train().texts()).isEqualTo(first);
    assertThat(WordNetGlosses.draw(CAPS, 2).train().texts()).isNotEqualTo(first);
  }
}
