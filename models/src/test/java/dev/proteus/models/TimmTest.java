package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Meta;
import dev.proteus.core.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks that a name stands for. */
class TimmTest {
  private static ObjectNode config(String name) {
    return new ObjectMapper().createObjectNode().put("architecture", name);
  }

  private static Layer build(JsonNode config) {
    return Architectures.of(config).build().apply(config);
  }

  /** Parameters as the libraries count them. */
  @ParameterizedTest
  @CsvSource({
    "resnet10t, 5435488",
    "resnet14t, 10081632",
    "resnet18, 11689512",
    "resnet26d, 16014408",
    "resnet34, 21797672",
    "resnet50.a1_in1k, 25557032",
    "resnet50c, 25576264",
    "resnet50t, 25573728",
    "resnet101s, 44672936",
    "resnet152, 60192808",
    "resnet200d, 64693064",
    "wide_resnet50_2, 68883240",
    "resnext50_32x4d, 25028904",
    "resnext50d_32x4d, 25048136",
    "resnext101_32x8d, 88791336",
    "resnext101_64x4d, 83455272",
    "mobilenetv3_small_050, 1593224",
    "mobilenetv3_small_075, 2041872",
    "mobilenetv3_small_100, 2542856",
    "mobilenetv3_large_075, 3993528",
    "mobilenetv3_large_100, 5483032",
    "mobilenet_v3_small, 2542856",
    "mobilenet_v3_large, 5483032",
  })
  void parameterCountsAreThePublishedOnes(String name, long count) {
    try (Meta none = Meta.open()) {
      long got =
          build(config(name)).parameters().values().stream()
              .mapToLong(p -> p.value().numel())
              .sum();
      assertThat(got).isEqualTo(count);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet51",
        "resnet50_gn",
        "resnetblur50",
        "resnext50_32x4",
        "wide_resnet50_4",
        "mobilenetv3_rw",
        "mobilenetv3_large_150d"
      })
  void variantsThatAreNotImplementedAreRefusedByName(String name) {
    assertThatThrownBy(() -> build(config(name)))
        .hasMessageContaining("the variant '" + name + "' is not implemented; known: ");
  }

  @Test
  void argumentsThatAreNotImplementedAreRefusedByName() {
    ObjectNode resnet = config("resnet18");
    resnet.putObject("model_args").put("output_stride", 16).put("aa_layer", "blur");
    assertThatThrownBy(() -> build(resnet))
        .hasMessageContaining(
            "model_args of resnet18 that are not implemented: output_stride=16,"
                + " aa_layer=\"blur\"");
    ObjectNode stem = config("resnet18");
    stem.putObject("model_args").put("stem_type", "shallow");
    assertThatThrownBy(() -> build(stem))
        .hasMessageContaining("stem_type is empty, deep or deep_tiered, but is shallow");
    ObjectNode pool = config("mobilenetv3_small_050").put("global_pool", "max");
    assertThatThrownBy(() -> build(pool)).hasMessageContaining("global_pool is avg, but is max");
    ObjectNode groups = config("resnet18");
    groups.putObject("model_args").put("cardinality", 2);
    assertThatThrownBy(() -> build(groups))
        .hasMessageContaining("basic blocks have no groups, but got groups 2");
  }

  /** The classes are those of the root, the channels those of the images. */
  @Test
  void whatTheRestOfTheFileSaysCounts() {
    ObjectNode c = config("mobilenetv3_small_050").put("num_classes", 7);
    c.putObject("model_args").put("num_classes", 3).put("bn_eps", 1e-3);
    c.putObject("pretrained_cfg").putArray("input_size").add(1).add(48).add(48);
    Tensor x = Generator.seeded(1).normal(0, 1, 2, 1, 48, 48);
    assertThat(build(c).eval().forward(x).shape()).containsExactly(2, 7);
    Layer features = build(c.put("num_classes", 0)).eval();
    assertThat(features.forward(x).shape()).containsExactly(2, 1024);
    ObjectNode resnet = config("resnet18").put("num_classes", 0);
    resnet.putObject("model_args").putArray("channels").add(8).add(8).add(8).add(8);
    assertThat(build(resnet).forward(Generator.seeded(1).normal(0, 1, 2, 3, 48, 48)).shape())
        .containsExactly(2, 8);
  }
}
