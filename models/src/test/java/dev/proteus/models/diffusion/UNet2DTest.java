package dev.proteus.models.diffusion;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Meta;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Architecture;
import dev.proteus.models.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UNet2DTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static List<String> cases() {
    return Fixture.names("diffusion/unet");
  }

  private static Tensor given(Fixture f, String key) {
    return f.has(key) ? f.get(key) : null;
  }

  private static UNet2D build(JsonNode config) {
    Architecture a =
        Diffusion.architectures().stream()
            .filter(c -> c.name().equals(config.get("_class_name").asText()))
            .findFirst()
            .orElseThrow();
    return (UNet2D) a.build().apply(config);
  }

  static UNet2D load(JsonNode config, Map<String, Tensor> state) {
    UNet2D net = build(config);
    net.load(state);
    net.eval();
    return net;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesWhatDiffusersDoes(String name) {
    Fixture f = Fixture.read(name);
    UNet2D net = load(f.config(), f.group("state."));
    Conditions c = new Conditions(given(f, "labels"), null, given(f, "states"), given(f, "mask"));
    Tensor y = net.denoise(f.get("x"), f.get("t"), c);
    assertClose("y", y.detach(), f.get("y"), 1e-5);
    try (Scope s = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      UNet2D copy = (UNet2D) net.copy();
      assertClose("of a copy", copy.denoise(f.get("x"), f.get("t"), c), f.get("y"), 1e-5);
    }
    y.square().sum().backward();
    assertThat(net.parameters())
        .allSatisfy((path, p) -> assertThat(p.value().grad()).as(path).isNotNull());
    assertThat(UNet2DConfig.of(JSON.valueToTree(UNet2DConfig.of(f.config()))))
        .as("configuration, written and read")
        .isEqualTo(UNet2DConfig.of(f.config()));
  }

  @Test
  void anImageAmongTheConditionsFillsTheChannelsThatAreLeft() {
    Fixture f = Fixture.read("diffusion/unet/no_middle");
    UNet2D net = load(f.config(), f.group("state."));
    List<Tensor> parts = f.get("x").split(2, 1);
    Tensor rest = Tensor.cat(1, parts.get(1), parts.get(2));
    Tensor y = net.denoise(parts.get(0), f.get("t"), Conditions.NONE.withImage(rest));
    assertClose("y", y.detach(), f.get("y"), 1e-5);
    assertThatThrownBy(() -> net.denoise(parts.get(0), f.get("t"), Conditions.NONE))
        .hasMessageContaining("[N, 5, H, W], the image of the conditions included");
  }

  @Test
  void oneTimeStepServesAllSamples() {
    Fixture f = Fixture.read("diffusion/unet/plain");
    UNet2D net = load(f.config(), f.group("state."));
    Tensor x = f.get("x");
    Tensor each = net.denoise(x, Tensor.of(new long[] {7, 7}, 2), Conditions.NONE);
    Tensor once = net.denoise(x, Tensor.of(new long[] {7}, 1), Conditions.NONE);
    assertThat(once.equal(each)).isTrue();
  }

  @Test
  void filesWithTheOldNamesOfAttentionLoad() {
    Fixture f = Fixture.read("diffusion/unet/plain");
    Map<String, Tensor> old = new LinkedHashMap<>();
    f.group("state.")
        .forEach(
            (name, t) ->
                old.put(
                    name.replace("to_q", "query")
                        .replace("to_k", "key")
                        .replace("to_v", "value")
                        .replace("to_out.0", "proj_attn"),
                    t));
    assertThat(old).containsKey("mid_block.attentions.0.proj_attn.bias");
    Layer net = build(f.config());
    net.load(Diffusion.architectures().get(0).rename().apply(old));
    assertThat(net.state().get("mid_block.attentions.0.to_q.weight"))
        .satisfies(
            w -> assertThat(w.equal(old.get("mid_block.attentions.0.query.weight"))).isTrue());
  }

  @Test
  void aFolderOfDiffusersOpensAsAModel(@TempDir Path folder) throws IOException {
    Fixture f = Fixture.read("diffusion/unet/cross");
    Files.writeString(folder.resolve("config.json"), f.config().toString());
    Safetensors.write(
        folder.resolve("diffusion_pytorch_model.safetensors"), f.group("state."), Map.of());
    UNet2D net = (UNet2D) Model.load(folder).net();
    Tensor y = net.denoise(f.get("x"), f.get("t"), Conditions.states(f.get("states")));
    assertClose("y", y.detach(), f.get("y"), 1e-5);
  }

  /** Configurations of Stable Diffusion 1 and 2 and DDPM for CIFAR-10; counted in diffusers. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "859520964 | 686 | {'_class_name': 'UNet2DConditionModel', 'cross_attention_dim': 768}",
        "865910724 | 686 | {'_class_name': 'UNet2DConditionModel', 'cross_attention_dim': 1024,"
            + " 'attention_head_dim': [5, 10, 20, 20], 'use_linear_projection': true}",
        "35746307 | 328 | {'_class_name': 'UNet2DModel', 'attention_head_dim': null,"
            + " 'block_out_channels': [128, 256, 256, 256], 'down_block_types': ['DownBlock2D',"
            + " 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'], 'up_block_types': ['UpBlock2D',"
            + " 'UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D']}"
      })
  void publishedSizesHaveThePublishedNumberOfParameters(long parameters, int tensors, String json)
      throws JsonProcessingException {
    try (Meta none = Meta.open()) {
      Layer net = build(JSON.readTree(json.replace('\'', '"')));
      assertThat(net.state()).hasSize(tensors);
      assertThat(net.state().values().stream().mapToLong(Tensor::numel).sum())
          .isEqualTo(parameters);
    }
  }

  @Test
  void conditionsThatDoNotFitAreRefusedByName() {
    Fixture plain = Fixture.read("diffusion/unet/plain");
    Tensor x = plain.get("x");
    Tensor t = plain.get("t");
    UNet2D net = build(plain.config());
    assertThatThrownBy(() -> net.denoise(x, t, Conditions.labels(t)))
        .hasMessageContaining("conditions have labels, but the network");
    UNet2D text = build(Fixture.read("diffusion/unet/cross").config());
    Tensor latent = Generator.seeded(1).normal(0, 1, 2, 4, 16, 16);
    assertThatThrownBy(() -> text.denoise(latent, t, Conditions.NONE))
        .hasMessageContaining("conditioned on states");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain | time_embedding_type | \"fourier\"",
        "plain | class_embed_type | \"identity\"",
        "plain | resnet_time_scale_shift | \"spatial\"",
        "plain | down_block_types | [\"SkipDownBlock2D\", \"DownBlock2D\"]",
        "plain | down_block_types | [\"CrossAttnDownBlock2D\", \"DownBlock2D\"]",
        "plain | up_block_types | [\"UpBlock2D\"]",
        "plain | attention_head_dim | 64",
        "plain | norm_num_groups | null",
        "plain | act_fn | \"square\"",
        "cross | addition_embed_type | \"text_time\"",
        "cross | only_cross_attention | true",
        "cross | dual_cross_attention | true",
        "cross | encoder_hid_dim | 8",
        "cross | attention_type | \"gated\"",
        "cross | resnet_out_scale_factor | 1.4",
        "cross | mid_block_type | \"UNetMidBlock2DSimpleCrossAttn\"",
        "cross | cross_attention_dim | [8, 8, 8]",
        "cross | layers_per_block | [1, 2, 3]"
      })
  void whatIsNotImplementedIsRefusedByKey(String base, String key, String value)
      throws JsonProcessingException {
    ObjectNode config = Fixture.read("diffusion/unet/" + base).config().deepCopy();
    config.set(key, JSON.readTree(value));
    assertThatThrownBy(() -> build(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "(?s).*("
                + switch (key) {
                  case "act_fn" -> "unknown activation 'square'";
                  case "down_block_types" -> "down_block_types|UNet2DModel has no";
                  default -> key;
                }
                + ").*");
  }
}
