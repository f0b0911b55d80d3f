package dev.proteus.models.vit;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ViTTest {
  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "vit_odd", "deit"})
  void pooledOutputsAreThoseOfTransformers(String name) {
    Fixture f = Fixture.read("vision/vit/" + name);
    ViTModel net = new ViTModel(ViTConfig.of(f.config()), name.startsWith("deit"), true);
    net.load(f.group("state."));
    Tensor hidden = net.eval().forward(f.get("x"));
    assertClose(name, net.pooled(hidden), f.get("pooled"), 1e-5);
  }

  @Test
  void theTeachersHeadsAreAveraged() {
    Fixture f = Fixture.read("vision/vit/deit_teacher");
    DeiTForImageClassificationWithTeacher net =
        new DeiTForImageClassificationWithTeacher(ViTConfig.of(f.config()), 3);
    net.load(f.group("state."));
    DeiTForImageClassificationWithTeacher.Logits y = net.logits(f.get("x"));
    assertThat(y.cls().equal(y.distillation())).isFalse();
    assertClose("mean", y.cls().add(y.distillation()).div(2), f.get("y"), 1e-5);
  }

  /** Parameters as timm counts them. */
  @ParameterizedTest
  @CsvSource({
    "vit_tiny_patch16_224, 5717416",
    "vit_small_patch32_384, 22915432",
    "vit_tiny_patch16_224.augreg_in21k, 5717416",
    "deit_tiny_distilled_patch16_224, 5910800",
    "deit3_small_patch16_224, 22059496"
  })
  void parameterCountsAreThePublishedOnes(String name, long count) {
    Layer net = VisionTransformer.of(json("{'architecture': '" + name + "'}"));
    long got =
        net.parameters().values().stream().map(Parameter::value).mapToLong(Tensor::numel).sum();
    assertThat(got).isEqualTo(count);
  }

  @Test
  void configurationsThatAreNotImplementedAreRefusedByName() {
    assertThatThrownBy(() -> VisionTransformer.of(json("{'architecture': 'vit_base_mci_224'}")))
        .hasMessageContaining("the variant 'vit_base_mci_224' is not implemented");
    assertThatThrownBy(() -> tiny("'qk_norm': true, 'fix_init': false"))
        .hasMessageContaining(
            "model_args of vit_tiny_patch16_224 that are not implemented: qk_norm=true,"
                + " fix_init=false");
    assertThatThrownBy(() -> tiny("'global_pool': 'map'"))
        .hasMessageContaining("global_pool is token, with class_token, or avg, but is map");
    assertThatThrownBy(() -> tiny("'num_heads': 5"))
        .hasMessageContaining("embed_dim 192 is not a multiple of num_heads 5");
    assertThatThrownBy(() -> ViTConfig.of(json("{'hidden_size': 10, 'num_attention_heads': 4}")))
        .hasMessageContaining("hidden_size 10 is not a multiple of num_attention_heads 4");
    assertThatThrownBy(() -> ViTConfig.of(json("{'image_size': [224, 196]}")))
        .hasMessageContaining("image_size");
  }

  private static Layer tiny(String arguments) {
    return VisionTransformer.of(
        json("{'architecture': 'vit_tiny_patch16_224', 'model_args': {" + arguments + "}}"));
  }

  @Test
  void imagesOfAnotherSizeAreRefused() {
    Layer timm = tiny("'img_size': 32, 'depth': 1");
    assertThatThrownBy(() -> timm.forward(Tensor.zeros(1, 3, 32, 48)))
        .hasMessageContaining("expected images [N, C, 32, 32], got [1, 3, 32, 48]");
    Layer hf =
        new ViTModel(ViTConfig.of(json("{'image_size': 32, 'hidden_size': 12}")), false, true);
    assertThatThrownBy(() -> hf.forward(Tensor.zeros(1, 3, 48, 32)))
        .hasMessageContaining("expected images [N, C, 32, 32], got [1, 3, 48, 32]");
  }

  @Test
  void dropoutDrawsFromTheRunsGenerator() {
    ViTConfig c =
        ViTConfig.of(
            json(
                "{'image_size': 32, 'hidden_size': 12, 'num_hidden_layers': 1,"
                    + " 'hidden_dropout_prob': 0.2, 'attention_probs_dropout_prob': 0.3}"));
    try (Generator.Use run = Generator.seeded(1).use()) {
      Layer net = new ViTForImageClassification(c, 3).train();
      Tensor x = Generator.current().normal(0, 1, 2, 3, 32, 32);
      Generator.current().seed(1);
      Tensor first = net.forward(x);
      assertThat(net.forward(x).equal(first)).isFalse();
      Generator.current().seed(1);
      assertSame("the same seed", net.forward(x), first);
    }
  }
}
