package dev.proteus.core.data.corrupt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Equality with the published code: make_cifar_c.py and make_imagenet_c.py of
 * https://github.com/hendrycks/robustness at commit 8190fe3, run with their image size replaced by
 * the fixture's, NumPy's random functions by {@link ReferenceDraws}, and their calls to NumPy,
 * SciPy and scikit-image brought up to the versions of reference/requirements.txt; Wand with
 * ImageMagick 6.9.11. One-channel images went in as grey RGB images, of which the first channel was
 * kept; noise, pixelate and JPEG got them as they are, frost with its photographs turned to luma.
 *
 * <p>Fixtures: {@code input} uint8 [N,C,H,W] and {@code corruption.severity}, the same shape.
 */
class ReferenceTest {
  @ParameterizedTest
  @CsvSource({
    "cifar_28x28x1, CIFAR_C",
    "cifar_32x32x3, CIFAR_C",
    "imagenet_28x28x1, IMAGENET_C",
    "imagenet_65x65x3, IMAGENET_C"
  })
  void equalsThePublishedCode(String file, Benchmark benchmark)
      throws IOException, URISyntaxException {
    try (Scope all = Scope.open()) {
      Map<String, Tensor> fixture = read(file);
      Tensor input = fixture.remove("input").to(DType.FLOAT32).div(255);
      assertThat(fixture).hasSizeGreaterThanOrEqualTo(15);
      fixture.forEach(
          (key, expected) -> {
            int dot = key.indexOf('.');
            Corruption corruption = Corruptions.named(key.substring(0, dot)).of(benchmark);
            int severity = Integer.parseInt(key.substring(dot + 1));
            Draws draws = new ReferenceDraws(severity, (int) input.size(0));
            Tensor off =
                corruption
                    .apply(input, severity, draws)
                    .mul(255)
                    .sub(expected.to(DType.FLOAT32))
                    .round()
                    .abs();
            // where the published code computes in float32, a value next to a whole number may be
            // cut to the level below it or to that number
            assertThat(off.amax().item()).as(file + " " + key + ", levels").isLessThanOrEqualTo(1);
            assertThat(off.mean().item()).as(file + " " + key + ", mean").isLessThan(0.07);
          });
    }
  }

  private static Map<String, Tensor> read(String file) throws IOException, URISyntaxException {
    Path path =
        Path.of(
            ReferenceTest.class.getResource("/fixtures/corrupt/" + file + ".safetensors").toURI());
    return new TreeMap<>(Safetensors.read(path).tensors());
  }
}
