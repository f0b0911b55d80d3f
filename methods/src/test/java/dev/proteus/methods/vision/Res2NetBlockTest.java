package dev.proteus.methods.vision;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Gradients;
import dev.proteus.core.testing.Reference;
import dev.proteus.models.resnet.Bottleneck;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import dev.proteus.models.resnet.ResNetConfig.Block;
import dev.proteus.models.resnet.ResNetConfig.Shortcut;
import dev.proteus.models.resnet.ResNetConfig.Stem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("res2net")
class Res2NetBlockTest {
  private static final ResNetConfig RESNET_50 = ResNetConfig.resnet50();

  private static long parameters(ResNetConfig c, int scale, int baseWidth, int cardinality) {
    try (Scope s = Scope.open()) {
      Layer net = new ResNet(c, Res2NetBlock.factory(scale, baseWidth, cardinality));
      return net.parameters().values().stream().mapToLong(p -> p.value().numel()).sum();
    }
  }

  private static ResNetConfig imageNet(List<Integer> depths, Stem stem, Shortcut shortcut) {
    return new ResNetConfig(
        3, 64, RESNET_50.widths(), depths, Block.BOTTLENECK, stem, shortcut, 1000);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 26, 1, 25699120",
    "2, 48, 1, 25287304",
    "8, 14, 1, 25059816",
    "8, 26, 1, 48403776",
    "4, 4, 8, 24671464"
  })
  void networksOf50LayersHaveThePublishedParameters(
      int scale, int baseWidth, int cardinality, long expected) {
    assertThat(parameters(RESNET_50, scale, baseWidth, cardinality)).isEqualTo(expected);
  }

  @Test
  void theDeeperAndTheModernOneHaveThePublishedParameters() {
    ResNetConfig of101 = imageNet(List.of(3, 4, 23, 3), Stem.LARGE, Shortcut.CONV);
    assertThat(parameters(of101, 4, 26, 1)).isEqualTo(45_206_688);
    ResNetConfig modern = imageNet(List.of(3, 4, 6, 3), Stem.DEEP, Shortcut.POOL);
    assertThat(parameters(modern, 4, 26, 1)).isEqualTo(25_718_352);
  }

  /** A block in float64 whose values are all positive, so that every ReLU is open. */
  private static Layer positive(int in, int width, int scale, boolean first) {
    Layer block =
        new Res2NetBlock(in, width, 1, first, null, scale, 64, 1).to(DType.FLOAT64).eval();
    block.parameters().values().forEach(p -> p.assign(p.value().detach().abs().add(0.1)));
    return block;
  }

  /** Side of the square of inputs that the central pixel of each y_i depends on. */
  private static List<Integer> receptiveFields(boolean first, int scale) {
    int size = 15;
    int w = 2;
    Layer block = positive(8, w, scale, first);
    Tensor x =
        Generator.seeded(1).uniform(0.5, 1, 1, 8, size, size).to(DType.FLOAT64).requiresGrad(true);
    List<Tensor> joined = new ArrayList<>();
    try (Slot.Observation o = block.slot("conv3").observe((in, out) -> joined.add(in))) {
      block.forward(x);
    }
    List<Integer> sides = new ArrayList<>();
    for (int i = 0; i < scale; i++) {
      Tensor centre =
          joined.get(0).narrow(1, (long) i * w, w).select(2, size / 2).select(2, size / 2);
      Tensor g = Autograd.grad(List.of(centre.sum()), List.of(x), null, true, false).get(0);
      Tensor touched = g.abs().sum(0, 1).gt(0).to(DType.FLOAT64);
      int side = (int) Math.round(Math.sqrt(touched.sum().item()));
      int from = size / 2 - side / 2;
      // All of them lie in the square around the centre.
      assertThat(touched.narrow(0, from, side).narrow(1, from, side).sum().item())
          .isEqualTo(touched.sum().item())
          .isEqualTo((double) side * side);
      sides.add(side);
    }
    return sides;
  }

  @Test
  void eachSplitSeesTwoPixelsMoreThanTheOneBefore() {
    assertThat(receptiveFields(false, 5)).containsExactly(3, 5, 7, 9, 1);
    assertThat(receptiveFields(false, 2)).containsExactly(3, 1);
  }

  @Test
  void theFirstBlockOfAStageHasNoHierarchy() {
    assertThat(receptiveFields(true, 4)).containsExactly(3, 3, 3, 3);
  }

  @Test
  void theLastSplitOfAFirstBlockIsAveragedWithPaddingCounted() {
    Layer block = positive(8, 2, 4, true);
    Tensor x = Generator.seeded(1).uniform(0.5, 1, 1, 8, 4, 4).to(DType.FLOAT64);
    List<Tensor> seen = new ArrayList<>();
    try (Slot.Observation in = block.slot("bn1").observe((i, o) -> seen.add(o.relu()));
        Slot.Observation out = block.slot("conv3").observe((i, o) -> seen.add(i))) {
      block.forward(x);
    }
    Tensor last = seen.get(0).narrow(1, 6, 2);
    Tensor corner = last.narrow(2, 0, 2).narrow(3, 0, 2).sum(2, 3).div(9);
    assertClose("corner", seen.get(1).narrow(1, 6, 2).select(2, 0).select(2, 0), corner, 1e-14);
  }

  @Test
  void aScaleOfOneIsABottleneck() {
    for (boolean first : new boolean[] {false, true}) {
      int stride = first ? 2 : 1;
      Layer plain = new Bottleneck(32, 8, stride, shortcut(first)).to(DType.FLOAT64).train();
      Layer block =
          new Res2NetBlock(32, 8, stride, first, shortcut(first), 1, 64, 1)
              .to(DType.FLOAT64)
              .train();
      Map<String, Tensor> state = new LinkedHashMap<>();
      plain
          .state()
          .forEach(
              (path, t) ->
                  state.put(path.replace("conv2.", "convs.0.").replace("bn2.", "bns.0."), t));
      block.load(state);
      Tensor x = Generator.seeded(2).normal(0, 1, 3, 32, 6, 6).to(DType.FLOAT64);
      assertClose("y", block.forward(x), plain.forward(x), 1e-13);
    }
  }

  private static Layer shortcut(boolean first) {
    return first ? new Conv2d(32, 32, 1, 2, 0) : null;
  }

  @Test
  void theFormulaIsThatOfThePaper() {
    Layer block = new Res2NetBlock(8, 2, 1, false, null, 4, 96, 1).to(DType.FLOAT64).eval();
    Tensor x = Generator.seeded(3).normal(0, 1, 2, 8, 5, 5).to(DType.FLOAT64);
    double norm = 1 / Math.sqrt(1 + 1e-5); // of fresh statistics
    Map<String, Tensor> w = block.state();
    List<Tensor> split = conv(x, w.get("conv1.weight"), 0).mul(norm).relu().split(3, 1);
    Tensor y1 = conv(split.get(0), w.get("convs.0.weight"), 1).mul(norm).relu();
    Tensor y2 = conv(split.get(1).add(y1), w.get("convs.1.weight"), 1).mul(norm).relu();
    Tensor y3 = conv(split.get(2).add(y2), w.get("convs.2.weight"), 1).mul(norm).relu();
    Tensor joined = Tensor.cat(1, y1, y2, y3, split.get(3));
    Tensor y = conv(joined, w.get("conv3.weight"), 0).mul(norm).add(x).relu();
    assertClose("y", block.forward(x), y, 1e-13);
    assertThat(w).doesNotContainKey("convs.3.weight");
    Gradients.check(block, x);
  }

  private static Tensor conv(Tensor x, Tensor weight, long padding) {
    long[] one = {1, 1};
    return F.conv2d(x, weight, null, one, new long[] {padding, padding}, one, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"s4", "s3_cardinality2_d", "s1"})
  @Reference("res2net")
  void computesWhatTimmDoes(String name) {
    Fixture f = Fixture.read("res2net/" + name);
    JsonNode c = f.config();
    boolean deep = c.get("deep").asBoolean();
    ResNetConfig config =
        new ResNetConfig(
            3,
            deep ? 8 : 64,
            ints(c.get("widths")),
            ints(c.get("depths")),
            Block.BOTTLENECK,
            deep ? Stem.DEEP : Stem.LARGE,
            deep ? Shortcut.POOL : Shortcut.CONV,
            5);
    ResNet net =
        new ResNet(
            config,
            Res2NetBlock.factory(
                c.get("scale").asInt(), c.get("base_width").asInt(), c.get("cardinality").asInt()));
    net.load(f.group("state."));
    net.eval();
    assertClose("features", net.features(f.get("x")).detach(), f.get("features"), 1e-5);
    assertClose("y", net.forward(f.get("x")).detach(), f.get("y"), 1e-5);
  }

  private static List<Integer> ints(JsonNode array) {
    return List.of(new ObjectMapper().convertValue(array, Integer[].class));
  }

  @Test
  void whatCannotBeBuiltIsRefused() {
    assertThatThrownBy(() -> new Res2NetBlock(8, 2, 2, false, null, 4, 64, 1))
        .hasMessageContaining("stride");
    assertThatThrownBy(() -> new Res2NetBlock(8, 2, 1, false, null, 4, 26, 1))
        .hasMessageContaining("baseWidth");
    assertThatThrownBy(() -> new Res2NetBlock(8, 2, 1, false, null, 0, 64, 1))
        .hasMessageContaining("scale");
  }
}
