package dev.proteus.core.adapter;

import static dev.proteus.core.adapter.LoraNetworks.loaded;
import static dev.proteus.core.adapter.LoraNetworks.predict;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftFolderTest {
  private static final String TENSORS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";

  @TempDir private Path temp;

  private final Layer net = loaded("dora_blocks");

  /** The folder of PEFT with other tensors. */
  private void write(Consumer<Map<String, Tensor>> change) throws IOException {
    Path folder = LoraNetworks.folder("dora_blocks");
    Map<String, Tensor> tensors =
        new TreeMap<>(Safetensors.read(folder.resolve(TENSORS)).tensors());
    change.accept(tensors);
    Safetensors.write(temp.resolve(TENSORS), tensors, Map.of("format", "pt"));
    Path config = temp.resolve("adapter_config.json");
    Files.writeString(config, Files.readString(folder.resolve("adapter_config.json")));
  }

  /** Of adapted embeddings PEFT writes the table, too. */
  @Test
  void theNetworksOwnWeightsMayBeThere() throws IOException {
    Tensor table = net.state().get("wte.weight");
    write(tensors -> tensors.put(PREFIX + "wte.base_layer.weight", table));
    Lora.load(net, "a", temp);
    Tensor x = Fixture.read("lora/dora_blocks").get("x");
    Layer same = loaded("dora_blocks");
    Lora.load(same, "a", LoraNetworks.folder("dora_blocks"));
    assertSame("y", predict(net, x), predict(same, x));
  }

  @Test
  void anotherBaseIsRefused() throws IOException {
    Tensor table = net.state().get("wte.weight").add(1e-3);
    write(tensors -> tensors.put(PREFIX + "wte.base_layer.weight", table));
    assertThatThrownBy(() -> Lora.load(net, "a", temp))
        .hasMessageContaining("another one than the network's 'wte.weight'");
    assertThat(Adapters.of(net).names()).isEmpty();
  }

  @Test
  void whatDoesNotFitIsListed() throws IOException {
    write(
        tensors -> {
          tensors.remove(PREFIX + "h.0.mlp.lora_A.weight");
          tensors.put(PREFIX + "h.7.mlp.lora_A.weight", Tensor.zeros(3, 8));
        });
    assertThatThrownBy(() -> Lora.load(net, "a", temp))
        .hasMessageContaining("lacks base_model.model.h.0.mlp.lora_A.weight")
        .hasMessageContaining("besides base_model.model.h.7.mlp.lora_A.weight");
    write(tensors -> tensors.put(PREFIX + "h.0.mlp.lora_A.weight", Tensor.zeros(2, 8)));
    assertThatThrownBy(() -> Lora.load(net, "a", temp))
        .hasMessageContaining("h.0.mlp.lora_A.weight")
        .hasMessageContaining("expected [3, 8] float32, got [2, 8] float32");
    assertThat(net.state().keySet()).isEqualTo(loaded("dora_blocks").state().keySet());
  }

  @Test
  void aPickleIsNotRead() throws IOException {
    write(tensors -> {});
    Files.move(temp.resolve(TENSORS), temp.resolve("adapter_model.bin"));
    assertThatThrownBy(() -> Lora.load(net, "a", temp))
        .hasMessageContaining("it has no adapter_model.safetensors, only adapter_model.bin");
    assertThatThrownBy(() -> Lora.load(net, "a", temp.resolve("nowhere")))
        .hasMessageContaining("no adapter_config.json");
  }

  @Test
  void settingsThatDifferAreRefusedByKey() throws IOException {
    write(tensors -> {});
    AttachedAdapter other = new Lora(3, 6, 0, Targets.of("mlp")).attach(net, "a");
    assertThatThrownBy(() -> other.load(temp))
        .hasMessageContaining("use_dora of the folder is true");
    Path config = temp.resolve("adapter_config.json");
    String text = Files.readString(config);
    for (String key :
        new String[] {"trainable_token_indices", "target_parameters", "kasa_config"}) {
      Files.writeString(config, text.replace("\"" + key + "\": null", "\"" + key + "\": [1]"));
      assertThatThrownBy(() -> Lora.read(temp)).hasMessageContaining(key);
    }
    Files.writeString(
        config,
        text.replace("\"init_lora_weights\": true", "\"init_lora_weights\": \"PiSSA_niter_4\""));
    assertThatThrownBy(() -> Lora.read(temp)).hasMessageContaining("init_lora_weights");
  }
}
