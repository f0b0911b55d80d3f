package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  private void write(String file, Map<String, Tensor> tensors) throws IOException {
    Safetensors.write(folder.resolve(file), tensors, Map.of());
  }

  private void index(Map<String, String> shardOf) throws IOException {
    ObjectNode map = JsonNodeFactory.instance.objectNode();
    shardOf.forEach(map::put);
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"metadata\": {\"total_size\": 12}, \"weight_map\": " + map + "}");
  }

  @Test
  void shardsAreOneSetOfTensors() throws IOException {
    write(FIRST, Map.of("a", Tensor.ones(1), "b", Tensor.full(2, 1)));
    write(SECOND, Map.of("c", Tensor.full(3, 1)));
    index(Map.of("a", FIRST, "b", FIRST, "c", SECOND));
    Map<String, Tensor> all = Weights.read(folder);
    assertThat(all).containsOnlyKeys("a", "b", "c");
    assertThat(all.get("b").item()).isEqualTo(2);
    assertThat(all.get("c").item()).isEqualTo(3);
  }

  @Test
  void oneFileIsPreferredToShards() throws IOException {
    write("diffusion_pytorch_model.safetensors", Map.of("z", Tensor.ones(1)));
    assertThat(Weights.read(folder)).containsOnlyKeys("z");
    index(Map.of("a", FIRST));
    write("model.safetensors", Map.of("x", Tensor.ones(1)));
    assertThat(Weights.read(folder)).containsOnlyKeys("x");
  }

  @Test
  void whatAnIndexListsMustBeThere() throws IOException {
    write(FIRST, Map.of("a", Tensor.ones(1)));
    index(Map.of("a", FIRST, "c", SECOND));
    assertThatThrownBy(() -> Weights.read(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(
            "model.safetensors.index.json lists files that are not there: " + SECOND);
    index(Map.of("a", FIRST, "b", FIRST));
    assertThatThrownBy(() -> Weights.read(folder))
        .hasMessageContaining("lists tensors that are not there: b in " + FIRST);
  }

  @Test
  void anIndexNamesFilesOfItsFolderOnly() throws IOException {
    for (String outside : new String[] {"../model.safetensors", "/etc/passwd", "..", "a\\b", ""}) {
      index(Map.of("a", outside));
      assertThatThrownBy(() -> Weights.read(folder))
          .hasMessageContaining("'a' is in '" + outside + "', which is not a name of a file");
    }
    Files.writeString(folder.resolve("model.safetensors.index.json"), "[]");
    assertThatThrownBy(() -> Weights.read(folder)).hasMessageContaining("no weight_map");
    Files.writeString(folder.resolve("model.safetensors.index.json"), "{");
    assertThatThrownBy(() -> Weights.read(folder)).hasMessageContaining("is not JSON");
  }

  @Test
  void aFolderWithoutWeightsSaysWhatIsExpected() {
    assertThatThrownBy(() -> Weights.read(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("model.safetensors");
  }

  private void copy(String fixture, String as) throws IOException {
    try (InputStream in = Fixture.class.getResourceAsStream("/fixtures/io/" + fixture)) {
      Files.copy(in, folder.resolve(as));
    }
  }

  @Test
  void checkpointsOfTorchAreRead() throws IOException {
    copy("module.bin", "pytorch_model-00001-of-00001.bin");
    Map<String, Tensor> state = Fixture.read("io/module").group("");
    ObjectNode map = JsonNodeFactory.instance.objectNode();
    state.keySet().forEach(name -> map.put(name, "pytorch_model-00001-of-00001.bin"));
    Files.writeString(
        folder.resolve("pytorch_model.bin.index.json"), "{\"weight_map\": " + map + "}");
    assertThat(Weights.read(folder)).containsOnlyKeys(state.keySet());
    copy("training.bin", "pytorch_model.bin");
    assertThat(Weights.read(folder))
        .containsOnlyKeys(Fixture.read("io/training").group("").keySet());
  }

  @Test
  void linearLayersOfAnOnnxFileHaveTheirNamesBack() throws IOException {
    copy("network.onnx", "model.onnx");
    Map<String, Tensor> all = Weights.read(folder);
    Map<String, Tensor> state = Fixture.read("io/network").group("");
    assertThat(all).containsOnlyKeys(state.keySet());
    state.forEach((name, t) -> assertThat(all.get(name).equal(t)).as(name).isTrue());
  }
}
