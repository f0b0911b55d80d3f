package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Generator;
import dev.proteus.models.MlpConfig;
import dev.proteus.models.Model;
import dev.proteus.models.resnet.ResNetConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path folder;

  @Test
  void showsTheLayersOfAPerceptron() throws Exception {
    Model.mlp(new MlpConfig(4, List.of(3), 2), List.of("a", "b")).save(folder);
    JsonNode json = Run.of("inspect", folder.toString(), "--json").json();
    // 2*4, 4*3+3 and 3*2+2 values; 4*3 and 3*2 products
    assertThat(json.at("/total/parameters").asLong()).isEqualTo(31);
    assertThat(json.at("/total/macs").asLong()).isEqualTo(18);
    assertThat(json.at("/total/output").toString()).isEqualTo("[1,2]");
    assertThat(json.get("slots"))
        .extracting(s -> s.get("path").asText())
        .containsExactly("norm", "fc1", "act1", "head");
    Run text = Run.of("inspect", folder.toString());
    assertThat(text.code()).isZero();
    assertThat(text.out()).contains("mlp").contains("fc1").contains("total");
  }

  @Test
  void anImageNetworkTakesTheSizeThatIsGiven() throws Exception {
    try (Generator.Use seeded = Generator.seeded(1).use()) {
      Model.resnet(ResNetConfig.small(1, 10), List.of(), null).save(folder);
    }
    JsonNode usual = Run.of("inspect", folder.toString(), "--json").json();
    JsonNode larger = Run.of("inspect", folder.toString(), "--json", "--input", "1,56,56").json();
    assertThat(usual.get("input").toString()).isEqualTo("[1,1,28,28]");
    assertThat(larger.at("/total/macs").asLong()).isGreaterThan(usual.at("/total/macs").asLong());
    Run wrong = Run.of("inspect", folder.toString(), "--input", "3,28,28", "--json");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.out()).isEmpty();
    assertThat(wrong.err()).contains("does not take input [1, 3, 28, 28]");
  }

  @Test
  void whatIsNoModelFailsInOneLine() throws Exception {
    Run missing = Run.of("inspect", folder.resolve("nowhere").toString());
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err().lines()).hasSize(1);
    assertThat(missing.err()).contains("config.json");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"bort\"}");
    Files.writeString(folder.resolve("model.safetensors"), "");
    Run unknown = Run.of("inspect", folder.toString());
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).contains("'bort'").contains("resnet").doesNotContain("\tat ");
    assertThat(Run.of("inspect", folder.toString(), "--verbose").err()).contains("\tat ");
  }
}
