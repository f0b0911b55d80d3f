package dev.proteus.models;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Image networks against the libraries that publish them. */
class VisionTest {
  private static final double TOLERANCE = 1e-5;

  static Stream<String> cases() {
    return Stream.of("vit", "clip", "resnet", "mobilenet")
        .flatMap(family -> Fixture.names("vision/" + family).stream());
  }

  private static Layer load(Fixture f) {
    Architecture a = Architectures.of(f.config());
    Layer net = a.build().apply(f.config());
    boolean stored = !f.group("state.").isEmpty();
    Map<String, Tensor> state =
        new LinkedHashMap<>(a.rename().apply(stored ? f.group("state.") : Formula.state(f)));
    net.state()
        .forEach(
            (path, t) -> {
              if (path.endsWith("num_batches_tracked")) {
                state.putIfAbsent(path, t);
              }
            });
    net.load(state);
    return net.eval();
  }

  private static Tensor input(Fixture f) {
    return f.has("x") ? f.get("x") : Formula.images(f);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreThePublishedOnes(String name) {
    Fixture f = Fixture.read(name);
    Tensor x = input(f);
    Layer net = load(f);
    // Networks by formula have logits of any size.
    double scale = Math.max(1, f.get("y").abs().amax().item());
    Tensor expected = f.get("y").div(scale);
    assertClose(name, net.forward(x).div(scale), expected, TOLERANCE);
    Tensor lean = Autograd.noGrad(() -> net.forward(x));
    assertClose(name + " without gradients", lean.div(scale), expected, TOLERANCE);
    assertSame(name + " copied", net.copy().forward(x), net.forward(x));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSavedNetworkIsReadAgain(String name, @TempDir Path folder) throws IOException {
    Fixture f = Fixture.read(name);
    Tensor x = input(f);
    Layer net = load(f);
    new Model(net, (ObjectNode) f.config(), null).save(folder);
    Layer again = Model.load(folder).net();
    assertSame(name, again.forward(x), net.forward(x));
  }

  static Stream<String> oneInput() {
    return cases().filter(name -> !name.equals("vision/clip/clip"));
  }

  @ParameterizedTest
  @MethodSource("oneInput")
  void gradientsReachEveryParameterInUse(String name) {
    Fixture f = Fixture.read(name);
    Tensor x = input(f);
    Layer net = load(f).train();
    net.forward(x).square().sum().backward();
    List<String> without =
        net.parameters().entrySet().stream()
            .filter(e -> e.getValue().grad() == null)
            .map(e -> e.getKey())
            .toList();
    assertThat(without)
        .as(name)
        .allMatch(path -> path.matches("pooler\\..*|(.*\\.)?post_layernorm\\..*"));
  }

  /** Position ids as a buffer, and a prefix: as in files of transformers 4. */
  @Test
  void earlyFilesOfClipAreRead(@TempDir Path folder) throws IOException {
    Fixture f = Fixture.read("vision/clip/text");
    new Model(load(f), (ObjectNode) f.config(), null).save(folder);
    Map<String, Tensor> early = new LinkedHashMap<>();
    f.group("state.").forEach((name, t) -> early.put("text_model." + name, t));
    early.put("text_model.embeddings.position_ids", Tensor.arange(9).unsqueeze(0));
    Safetensors.write(folder.resolve("model.safetensors"), early, Map.of());
    Tensor y = Model.load(folder).net().forward(f.get("x"));
    assertClose("early", y, f.get("y"), TOLERANCE);
  }

  /** Networks whose head stands beside the rest, with other classes than the folder's. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vit/timm_distilled",
        "vit/vit_classify",
        "resnet/timm_18",
        "resnet/transformers_basic",
        "mobilenet/mobilenetv3_small_050",
        "mobilenet/mobilenet_v3_small"
      })
  void aHeadForOtherClassesIsDrawn(String name, @TempDir Path folder) throws IOException {
    Fixture f = Fixture.read("vision/" + name);
    new Model(load(f), (ObjectNode) f.config(), null).save(folder);
    List<String> labels = List.of("a", "b", "c", "d", "e", "f", "g");
    Model m = Model.load(folder, Loading.AS_PUBLISHED.as(null, labels));
    assertThat(m.labels()).isEqualTo(labels);
    assertThat(m.net().forward(input(f)).size(1)).isEqualTo(7);
    // Changed once, the new head is the folder's.
    Path tuned = folder.resolve("tuned");
    m.save(tuned);
    assertSame(name, Model.load(tuned).net().forward(input(f)), m.net().forward(input(f)));
  }
}
