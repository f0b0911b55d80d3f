package dev.proteus.models.clip;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import dev.proteus.models.Architecture;
import dev.proteus.models.text.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CLIPTest {
  private static final double TOLERANCE = 1e-5;

  private static Architecture architecture(String name) {
    return CLIP.architectures().stream()
        .filter(a -> a.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Layer load(Fixture f) {
    Layer net = architecture(f.type()).build().apply(f.config());
    net.load(f.group("state."));
    return net.eval();
  }

  private static Tokens tokens(Fixture f, String ids) {
    return new Tokens(f.get(ids), f.get("mask"), f.get("mask").zerosLike());
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "text_early", "text_projection"})
  void paddingIsNotAttendedTo(String name) {
    Fixture f = Fixture.read("vision/clip/" + name);
    Tensor y = load(f).forward(tokens(f, "x").packed());
    assertClose(name, y, f.get("masked_y"), TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "text_early"})
  void textsArePooledByEitherRule(String name) {
    Fixture f = Fixture.read("vision/clip/" + name);
    CLIPTextModel net = (CLIPTextModel) load(f);
    assertClose(name, net.encode(new Tokens(f.get("x"))).pooled(), f.get("pooled"), TOLERANCE);
  }

  @Test
  void imagesArePooledAtTheClassToken() {
    Fixture f = Fixture.read("vision/clip/vision");
    CLIPVisionModel net = (CLIPVisionModel) load(f);
    assertClose("pooled", net.pooled(net.forward(f.get("x"))), f.get("pooled"), TOLERANCE);
  }

  @Test
  void imagesAndTextsAreComparedByTheirCosines() {
    Fixture f = Fixture.read("vision/clip/clip");
    CLIPModel net = (CLIPModel) load(f);
    Tokens texts = tokens(f, "ids");
    assertClose("text", net.forward(texts.packed()), f.get("text"), TOLERANCE);
    Tensor logits = net.logits(f.get("x"), texts);
    assertClose("logits", logits, f.get("logits"), TOLERANCE);
    logits.square().sum().backward();
    assertThat(net.parameters().values()).noneMatch(p -> p.grad() == null);
  }

  @Test
  void earlyConfigurationsAreRead() {
    ObjectNode config = (ObjectNode) Fixture.read("vision/clip/clip").config();
    config.putObject("text_config_dict").put("hidden_size", 768);
    config.putNull("vision_config_dict");
    CLIPConfig c = CLIPConfig.of(config);
    assertThat(c.text().hiddenSize()).isEqualTo(768);
    assertThat(c.text().vocabSize()).isEqualTo(49408);
    assertThat(c.vision().hiddenSize()).isEqualTo(8);
    assertThat(c.projectionDim()).isEqualTo(6);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Layer text = load(Fixture.read("vision/clip/text"));
    assertThatThrownBy(() -> text.forward(Tensor.of(new long[10], 1, 10)))
        .hasMessageContaining("texts of at most 9 tokens are possible, got 10");
    Layer vision = load(Fixture.read("vision/clip/vision"));
    assertThatThrownBy(() -> vision.forward(Tensor.zeros(1, 2, 12, 16)))
        .hasMessageContaining("expected images [N, C, 12, 12], got [1, 2, 12, 16]");
    ObjectNode config = (ObjectNode) Fixture.read("vision/clip/text").config();
    assertThatThrownBy(() -> CLIPTextConfig.of(config.put("num_attention_heads", 5)))
        .hasMessageContaining("hidden_size 12 is not a multiple of num_attention_heads 5");
  }

  @Test
  void paddedTextsWithoutGradientsAreTheSame() {
    Fixture f = Fixture.read("vision/clip/text");
    Layer net = load(f);
    Tensor y = Autograd.noGrad(() -> net.forward(tokens(f, "x").packed()));
    assertClose("lean", y, f.get("masked_y"), TOLERANCE);
  }
}
