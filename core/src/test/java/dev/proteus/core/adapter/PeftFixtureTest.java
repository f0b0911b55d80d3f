package dev.proteus.core.adapter;

import static dev.proteus.core.adapter.LoraNetworks.folder;
import static dev.proteus.core.adapter.LoraNetworks.loaded;
import static dev.proteus.core.adapter.LoraNetworks.predict;
import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that PEFT wrote, and what PEFT computes with them. */
class PeftFixtureTest {
  private static final String CONFIG = "adapter_config.json";
  private static final String TENSORS = "adapter_model.safetensors";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vision",
        "text",
        "patterns",
        "dora_vision",
        "dora_blocks",
        "bias_only",
        "bias_all",
        "lora_bias",
        "layers",
        "regex",
        "groups"
      })
  void computesAndLearnsAsInPeft(String name) {
    Fixture f = Fixture.read("lora/" + name);
    Layer net = loaded(name);
    Tensor base = predict(net, f.get("x"));
    assertClose("base", base, f.get("base_y"), 1e-5);
    AttachedAdapter attached = Lora.load(net, "default", folder(name));
    Tensor y = net.forward(f.get("x"));
    assertClose("adapted", y, f.get("y"), 1e-5);

    y.square().sum().backward();
    Map<String, Tensor> gradients = f.group("gradient.base_model.model.");
    gradients.keySet().removeIf(key -> key.contains("original_module"));
    Map<String, Tensor> mine = new TreeMap<>();
    attached
        .adapters()
        .parts("default")
        .forEach(
            (path, parts) ->
                parts.forEach(
                    part ->
                        part.files()
                            .forEach(
                                (key, s) -> {
                                  if (s instanceof Parameter p) {
                                    mine.put(path + "." + key, p.grad());
                                  }
                                })));
    gradients.forEach(
        (key, gradient) -> {
          String file = key.replace("magnitude_vector.weight", "magnitude_vector");
          assertThat(mine).containsKey(file);
          double size = Math.max(1, gradient.abs().amax().item());
          assertClose(file, mine.get(file), gradient, 1e-5 * size);
        });

    Map<String, Tensor> merged = f.group("merged.");
    if (!merged.isEmpty()) {
      attached.merge();
      assertClose("merged", predict(net, f.get("x")), f.get("y"), 1e-5);
      attached.unmerge();
      assertSame("unmerged", predict(net, f.get("x")), y.detach());
      attached.adapters().mergeAndUnload();
      assertThat(net.state().keySet()).containsExactlyInAnyOrderElementsOf(merged.keySet());
      merged.forEach((path, t) -> assertClose(path, net.state().get(path), t, 2e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vision",
        "text",
        "patterns",
        "dora_vision",
        "dora_blocks",
        "bias_only",
        "lora_bias",
        "layers",
        "regex",
        "groups"
      })
  void writesWhatPeftWrote(String name, @TempDir Path temp) throws IOException {
    Lora.load(loaded(name), "default", folder(name)).save(temp);
    assertThat(temp.resolve(TENSORS)).hasSameBinaryContentAs(folder(name).resolve(TENSORS));
    ObjectNode expected = config(folder(name));
    ObjectNode written = config(temp);
    // What a Java program cannot know of the Python class, or writes in one of two ways.
    List.of("auto_mapping", "peft_version", "layers_pattern", "fan_in_fan_out")
        .forEach(
            key -> {
              expected.remove(key);
              written.remove(key);
            });
    assertThat(written).isEqualTo(expected);
    Lora.load(loaded(name), "default", temp).save(temp.resolve("again"));
    for (String file : List.of(CONFIG, TENSORS)) {
      assertThat(temp.resolve("again").resolve(file)).hasSameBinaryContentAs(temp.resolve(file));
    }
  }

  private static ObjectNode config(Path folder) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(folder.resolve(CONFIG).toFile());
  }

  /** Of all biases PEFT's file has some twice. */
  @Test
  void writesAllBiasesOnce(@TempDir Path temp) throws IOException {
    Fixture f = Fixture.read("lora/bias_all");
    Lora.load(loaded("bias_all"), "default", folder("bias_all")).save(temp);
    Layer net = loaded("bias_all");
    Lora.load(net, "default", temp);
    assertClose("y", predict(net, f.get("x")), f.get("y"), 1e-5);
    assertThat(Files.size(temp.resolve(TENSORS)))
        .isLessThan(Files.size(folder("bias_all").resolve(TENSORS)));
  }

  @Test
  void severalAdaptersComputeAsInPeft(@TempDir Path temp) throws IOException {
    Fixture f = Fixture.read("lora/several");
    Layer net = loaded("several");
    for (String name : List.of("a", "b", "c")) {
      Lora.load(net, name, folder("several/" + name));
    }
    Adapters adapters = Adapters.of(net);
    f.group("y.")
        .forEach(
            (names, y) -> {
              List<String> active = List.of(names.split(""));
              assertClose(
                  names, Adapters.ACTIVE.with(active, () -> predict(net, f.get("x"))), y, 1e-5);
              adapters.activate(active.toArray(String[]::new));
              assertClose(names, predict(net, f.get("x")), y, 1e-5);
              adapters.merge();
              assertClose("merged " + names, predict(net, f.get("x")), y, 1e-5);
              adapters.unmerge();
            });
    List<String> rows = List.of("a", "b", Adapters.NONE, "c", "a");
    assertClose(
        "rows", Adapters.ROWS.with(rows, () -> predict(net, f.get("x"))), f.get("rows"), 1e-5);
    adapters.save(temp);
    for (String name : List.of("a", "b", "c")) {
      assertThat(temp.resolve(name).resolve(TENSORS))
          .hasSameBinaryContentAs(folder("several").resolve(name).resolve(TENSORS));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"weighted_vision", "weighted_text"})
  void weightedSumsAreThoseOfPeft(String name) {
    Fixture f = Fixture.read("lora/" + name);
    Layer net = loaded(name);
    for (String adapter : List.of("p", "q")) {
      Lora.load(net, adapter, folder(name + "/" + adapter));
    }
    Adapters adapters = Adapters.of(net);
    Tensor before = predict(net, f.get("x"));
    Map<String, Double> weights = new TreeMap<>(Map.of("p", 0.7, "q", -0.4));
    for (LoraSum sum : LoraSum.values()) {
      String key = sum.name().toLowerCase(java.util.Locale.ROOT);
      sum.add(adapters, key, weights);
      assertSame("not active yet", predict(net, f.get("x")), before);
      Tensor y = Adapters.ACTIVE.with(List.of(key), () -> predict(net, f.get("x")));
      assertClose(key, y, f.get("y." + key), 1e-5);
      Map<String, Tensor> expected = f.group(key + ".base_model.model.");
      adapters
          .parts(key)
          .forEach(
              (path, parts) ->
                  parts
                      .get(0)
                      .files()
                      .forEach(
                          (file, s) -> {
                            Tensor e = expected.remove(path + "." + file);
                            assertThat(s.value().shape()).as(path).isEqualTo(e.shape());
                            if (sum != LoraSum.SVD) { // whose factors have a free sign
                              assertClose(path + "." + file, s.value(), e, 1e-6);
                            }
                          }));
      assertThat(expected).isEmpty();
    }
  }
}
