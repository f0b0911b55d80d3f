package dev.proteus.core.surgery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SelectTest {
  /** encoder.layer.{0,1}.{attention.{query,value},norm1}, head. */
  private static Layer net() {
    Sequential encoder = new Sequential();
    for (int i = 0; i < 2; i++) {
      Sequential attention =
          new Sequential().add("query", new Linear(4, 4)).add("value", new Linear(4, 4));
      encoder.add(
          "layer." + i,
          new Sequential().add("attention", attention).add("norm1", Activation.relu()));
    }
    return new Sequential().add("encoder", encoder).add("head", new Linear(4, 2));
  }

  @Test
  void oneStarIsOneSegmentTwoAreAny() {
    Layer net = net();
    assertThat(Select.paths(net, "encoder.layer.*.norm1"))
        .containsOnlyKeys("encoder.layer.0.norm1", "encoder.layer.1.norm1");
    assertThat(Select.paths(net, "**.attention.query").keySet())
        .containsExactly("encoder.layer.0.attention.query", "encoder.layer.1.attention.query");
    assertThat(Select.paths(net, "**.head", "encoder")).containsOnlyKeys("encoder", "head");
    assertThat(Select.paths(net, "*")).containsOnlyKeys("encoder", "head");
    assertThat(Select.paths(net, "encoder.**.1.**.q*y").keySet())
        .containsExactly("encoder.layer.1.attention.query");
    assertThat(Select.paths(net, "**")).isEqualTo(net.slots());
    assertThat(Select.paths(net, "encoder.layer.0.**").keySet())
        .containsExactly(
            "encoder.layer.0.attention",
            "encoder.layer.0.attention.query",
            "encoder.layer.0.attention.value",
            "encoder.layer.0.norm1");
  }

  @Test
  void severalGlobsComeInTheNetworksOrderOnce() {
    assertThat(Select.paths(net(), "head", "**.1.**.value", "**.value").keySet())
        .containsExactly(
            "encoder.layer.0.attention.value", "encoder.layer.1.attention.value", "head");
  }

  @Test
  void nothingFoundNamesWhatIsNear() {
    Layer net = net();
    assertThatThrownBy(() -> Select.paths(net, "head", "**.atention.query"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no slot matches '**.atention.query'; near it are encoder.layer.0.attention.query,"
                + " encoder.layer.1.attention.query");
    assertThatThrownBy(() -> Select.paths(net, "x.y.z"))
        .hasMessageContaining("there are encoder, encoder.layer.0, ");
    assertThatThrownBy(() -> Select.paths(new Linear(1, 1), "x"))
        .hasMessageContaining("there are none");
    assertThatThrownBy(() -> Select.paths(net, "a..b")).hasMessageContaining("'a..b'");
    assertThatThrownBy(() -> Select.paths(net, "a**")).hasMessageContaining("** alone");
    assertThatThrownBy(() -> Select.type(net, Dropout.class))
        .hasMessage(
            "no slot of Sequential holds a Dropout; they hold [Activation, Linear, Sequential]");
    assertThatThrownBy(() -> Select.where(net, (path, layer) -> false))
        .hasMessageContaining("none of the 12 slots");
  }

  @Test
  void byTypeAndByCondition() {
    Layer net = net();
    assertThat(Select.type(net, Linear.class)).hasSize(5);
    assertThat(Select.where(net, (path, layer) -> layer instanceof Linear l && l.out() == 2))
        .containsOnlyKeys("head");
  }

  @Test
  void slotsBelowASharedLayerComeOnce() {
    Sequential shared = new Sequential().add("fc", new Linear(4, 4));
    Layer net = new Sequential().add("a", shared).add("b", shared);
    assertThat(Select.paths(net, "**").keySet()).containsExactly("a", "a.fc", "b");
    assertThat(Select.paths(net, "b.fc").get("b.fc")).isSameAs(net.slot("a.fc"));
  }

  @Provide
  Arbitrary<String> path() {
    return Arbitraries.of("a", "b", "1", "ab", "a+(")
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(l -> String.join(".", l));
  }

  /** A path with segments starred, doubly starred over any stretch, matches itself. */
  @Property
  void aGlobMadeFromAPathMatchesIt(@ForAll("path") String path, @ForAll int seed) {
    String[] parts = path.split(Pattern.quote("."));
    int from = Math.floorMod(seed, parts.length);
    int length = Math.floorMod(seed / 7, parts.length - from) + 1;
    String any =
        java.util.stream.IntStream.range(0, parts.length)
            .mapToObj(i -> i == from ? "**" : i > from && i < from + length ? null : parts[i])
            .filter(s -> s != null)
            .collect(Collectors.joining("."));
    parts[from] = parts[from].charAt(0) + "*";
    assertThat(new Glob(any).matches(path)).isTrue();
    assertThat(new Glob(String.join(".", parts)).matches(path)).isTrue();
    assertThat(new Glob(path).matches(path)).isTrue();
    assertThat(new Glob(path + ".*").matches(path)).isFalse();
    assertThat(new Glob(path + ".**").matches(path)).isFalse();
    assertThat(new Glob(path + ".**").matches(path + ".x.y")).isTrue();
    assertThat(new Glob("**." + path).matches("x.y." + path)).isTrue();
    assertThat(new Glob("**." + path).matches("x" + path)).isFalse();
  }
}
