package dev.proteus.models;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PreprocessingTest {
  private static final String MEAN = "'image_mean': [0.5], 'image_std': [0.5]";

  static Stream<String> cases() {
    return Fixture.names("vision/images").stream();
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree("{" + text.replace('\'', '"') + "}");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Preprocessing read(String keys) {
    return Preprocessing.read(json(MEAN + ", " + keys));
  }

  /** timm resizes with Pillow, which rounds some pixels to the next grey level. */
  @ParameterizedTest
  @MethodSource("cases")
  void imagesAreThoseOfThePublishedProcessors(String name) {
    Fixture f = Fixture.read(name);
    Preprocessing p =
        f.type().equals("timm") ? Preprocessing.timm(f.config()) : Preprocessing.read(f.config());
    for (String image : List.of("tall", "wide")) {
      Tensor y = p.apply(f.get(image));
      Tensor expected = f.get(image + "_y");
      assertThat(y.describe()).as(name + " " + image).isEqualTo(expected.describe());
      Tensor std = Tensor.of(p.std().stream().mapToDouble(s -> s).toArray(), 1, 3, 1, 1);
      Tensor levels = y.sub(expected).abs().to(DType.FLOAT64).mul(std).mul(255);
      assertThat(levels.amax().item())
          .as(name + " " + image)
          .isLessThan(f.type().equals("timm") ? 1.001 : 0.001);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsWrittenIsReadAgain(String name) {
    Fixture f = Fixture.read(name);
    if (!f.type().equals("timm")) {
      Preprocessing p = Preprocessing.read(f.config());
      assertThat(Preprocessing.read(p.json())).isEqualTo(p);
    }
  }

  @Test
  void floatingImagesAreResizedWithoutRounding() {
    Preprocessing p = read("'size': 2");
    Tensor x = Tensor.of(new double[] {0, 0, 0.1, 0.1}, 1, 1, 1, 4).toLike(Tensor.ones(1));
    Tensor y = p.apply(x.expand(1, 1, 4, 4));
    assertThat(y.shape()).containsExactly(1, 1, 2, 2);
    // Halving by a triangle of width 4: weights 3, 3, 1 of 7 at the borders.
    assertClose(
        "row", y.select(2, 0).flatten(), Tensor.vector(0.1 / 7 / 0.5 - 1, 0.6 / 7 / 0.5 - 1), 1e-6);
  }

  /** A number stands for both sides or for the shorter one, which the kind of processor says. */
  @Test
  void earlyFilesAreRead() {
    assertThat(read("'feature_extractor_type': 'ViTFeatureExtractor', 'size': 8").resize())
        .isEqualTo(new Resize(8, 8, false, false, 0, 0, false));
    assertThat(
            read("'feature_extractor_type': 'CLIPFeatureExtractor', 'size': 8, 'resample': 3,"
                    + " 'do_center_crop': true, 'crop_size': 6")
                .resize())
        .isEqualTo(new Resize(8, 8, true, true, 6, 6, false));
    assertThat(
            read("'feature_extractor_type': 'ConvNextFeatureExtractor', 'size': 224, 'resample': 3")
                .resize())
        .isEqualTo(new Resize(256, 256, true, true, 224, 224, false));
    assertThat(read("'feature_extractor_type': 'ConvNextFeatureExtractor', 'size': 384").resize())
        .isEqualTo(new Resize(384, 384, false, false, 0, 0, false));
    assertThat(Preprocessing.read(json(MEAN)).resize()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'do_rescale': false | do_rescale is false, but only true",
        "'rescale_factor': 0.0078 | rescale_factor must be 1/255, but is 0.0078",
        "'size': 8, 'resample': 1 | resample must be 2 (bilinear) or 3 (bicubic), but is 1",
        "'size': {'longest_edge': 8} | size must be a number, height and width, or shortest_edge",
        "'size': {'shortest_edge': 8} | gives images of several sizes; add do_center_crop",
        "'size': 8, 'do_center_crop': true, 'crop_size': 9 | 8 by 8 cannot be cut to 9 by 9",
        "'size': 0 | sizes of images must be above 0, but are 0 by 0",
        "'do_resize': false, 'do_center_crop': true | do_center_crop without do_resize",
      })
  void whatIsNotImplementedIsRefusedByName(String keys, String message) {
    assertThatThrownBy(() -> read(keys)).hasMessageContaining(message);
  }

  @Test
  void valuesThatAreMissingAreNamed() {
    assertThatThrownBy(() -> Preprocessing.read(json("'image_mean': [0.5]")))
        .hasMessageContaining("image_std must list a number a channel");
    ObjectNode border =
        (ObjectNode) json("'pretrained_cfg': {'mean': [0], 'std': [1], 'crop_mode': 'border'}");
    assertThatThrownBy(() -> Preprocessing.timm(border))
        .hasMessageContaining("crop_mode must be center or squash, but is border");
    assertThat(Preprocessing.timm(json("'architecture': 'resnet18'"))).isNull();
  }
}
