package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.models.Model;
import dev.proteus.models.resnet.ResNetConfig;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptCommandTest {
  private static final int SIDE = 28;

  @TempDir Path folder;

  /** A fresh network and ten images of noise a class: quick, and no accuracy to speak of. */
  private Run adapt(String... more) throws IOException {
    Path model = folder.resolve("model");
    try (Generator.Use seeded = Generator.seeded(1).use()) {
      Model.resnet(ResNetConfig.small(1, 2), List.of("a", "b"), null).save(model);
    }
    Random random = new Random(1);
    for (String label : List.of("a", "b")) {
      Path images = Files.createDirectories(folder.resolve("data").resolve(label));
      for (int i = 0; i < 10; i++) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
        for (int p = 0; p < SIDE * SIDE; p++) {
          image.getRaster().setSample(p % SIDE, p / SIDE, 0, random.nextInt(256));
        }
        ImageIO.write(image, "png", images.resolve(i + ".png").toFile());
      }
    }
    List<String> args =
        new ArrayList<>(
            List.of("adapt", "--model", model.toString(), "--image-size", "1,28,28", "--data"));
    args.add(folder.resolve("data").toString());
    args.addAll(List.of("--corruption", "fog,contrast", "--batch-size", "10"));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  @Test
  void comparesTheSourceWithWhatIsAskedFor() throws Exception {
    Path page = folder.resolve("report.html");
    Run run =
        adapt(
            "--method",
            "alpha-bn-core",
            "alpha=1",
            "core=none",
            "--method",
            "alpha-bn-core",
            "alpha=0.5",
            "--html",
            page.toString(),
            "--json");
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("methods"))
        .extracting(m -> m.get("method").asText())
        .containsExactly("source", "alpha-bn-core alpha=1 core=none", "alpha-bn-core alpha=0.5");
    JsonNode source = json.at("/methods/0");
    assertThat(source.get("corruptions").fieldNames())
        .toIterable()
        .containsExactly("fog", "contrast");
    assertThat(source.get("mean").asDouble())
        .isCloseTo(
            (source.at("/corruptions/fog").asDouble()
                    + source.at("/corruptions/contrast").asDouble())
                / 2,
            within(1e-12));
    // alpha = 1 mixes nothing in and core=none learns nothing: the source again.
    assertThat(json.at("/methods/1/corruptions")).isEqualTo(source.get("corruptions"));
    assertThat(source.get("samplesPerSecond").asDouble()).isPositive();
    assertThat(json.get("samples").asInt()).isEqualTo(20);
    assertThat(page).content().contains("<html").contains("contrast");
  }

  @Test
  void printsTables() throws Exception {
    Run run = adapt();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("20 images")
        .contains("source  alpha-bn-core")
        .contains("fog", "contrast", "mean", "samples/s", "Report: ");
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnyWork() {
    List<List<String>> wrong =
        List.of(
            List.of("--method", "alpha-bn-core", "alpha=2"),
            List.of("--method", "alpha-bn-core", "beta=1"),
            List.of("--method", "lamb"),
            List.of("--method", "alfa-bn-core"),
            List.of("--method", "alpha=1"),
            List.of("--corruption", "smog"),
            List.of("--severity", "6"),
            List.of("--batch-size", "0"),
            List.of("--image-size", "3,32"));
    for (List<String> args : wrong) {
      List<String> all = new ArrayList<>(List.of("adapt", "--json"));
      all.addAll(args);
      Run run = Run.of(all.toArray(String[]::new));
      assertThat(run.code()).as("%s", args).isEqualTo(2);
      assertThat(run.out()).isEmpty();
    }
    assertThat(Run.of("adapt", "--method", "alpha-bn-core", "beta=1").err())
        .contains("no parameter 'beta'; its parameters are alpha=0.5 core=plain lr=0.001");
  }
}
