package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.models.MlpConfig;
import dev.proteus.models.Model;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

  @Test
  void aTextNetworkTakesTokens() throws Exception {
    JsonNode json = Run.of("inspect", "minilm", "--json", "--input", "16").json();
    assertThat(json.get("input").toString()).isEqualTo("[1,16]");
    assertThat(json.at("/total/parameters").asLong()).isEqualTo(22_713_216);
    assertThat(json.at("/total/output").toString()).isEqualTo("[1,16,384]");
  }

  @Test
  void modelsOfTheHubComeFromTheCacheWhenOffline() {
    Run run = Run.of("inspect", "hf:nobody/no-such-model", "--offline", "--json");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("hf:nobody/no-such-model is not all in the cache");
    assertThat(run.err().lines()).hasSize(1);
  }

  private String model(String name, double sign) throws IOException {
    try (Generator.Use seeded = Generator.seeded(1).use();
        Autograd.Mode off = Autograd.noGrad()) {
      Model model = Model.mlp(new MlpConfig(4, List.of(3), 2), List.of("a", "b"));
      model.net().parameters().get("fc1.weight").value().mul_(sign);
      model.save(folder.resolve(name));
    }
    return folder.resolve(name).toString();
  }

  private String points(String name, double at) throws IOException {
    Random random = new Random(1);
    StringBuilder csv = new StringBuilder("a,b,c,d,label\n");
    for (int i = 0; i < 60; i++) {
      for (int column = 0; column < 4; column++) {
        csv.append(at + random.nextGaussian()).append(',');
      }
      csv.append(i % 2 == 0 ? "a\n" : "b\n");
    }
    Files.createDirectories(folder.resolve(name));
    Files.writeString(folder.resolve(name).resolve("test.csv"), csv);
    return folder.resolve(name).toString();
  }

  @Test
  void readsHowFarTheLayersHaveTurned() throws Exception {
    String now = model("now", -1);
    String before = model("before", 1);
    String probe = "layer-rotation-layca";
    Run run = Run.of("inspect", now, "--probe", probe, "--since", before, "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("model").asText()).isEqualTo(now);
    assertThat(json.at("/probes/0/probe").asText()).isEqualTo(probe);
    JsonNode values = json.at("/probes/0/values");
    assertThat(values.fieldNames()).toIterable().containsExactly("fc1.weight", "head.weight");
    assertThat(values.get("fc1.weight").asDouble()).isCloseTo(2, within(1e-6));
    assertThat(values.get("head.weight").asDouble()).isCloseTo(0, within(1e-6));
    Run text = Run.of("inspect", now, "--probe", probe, "--since", before);
    assertThat(text.out().lines().toList())
        .startsWith("where        " + probe)
        .contains("fc1.weight                  2.000");
  }

  @Test
  void readsTheDistanceOfTwoDomains() throws Exception {
    String model = model("model", 1);
    String here = points("here", 0);
    String[] probes = {"dann", "slot=head", "dann", "slot=act1"};
    JsonNode far = distance(model, here, points("there", 20), probes);
    assertThat(far.at("/probes/0/values/head").asDouble()).isEqualTo(2);
    assertThat(far.at("/probes/1/probe").asText()).isEqualTo("dann slot=act1");
    assertThat(far.at("/probes/1/values/act1").asDouble()).isEqualTo(2);
    assertThat(distance(model, here, here, probes).at("/probes/0/values/head").asDouble()).isZero();
  }

  private static JsonNode distance(String model, String data, String target, String... probes)
      throws IOException {
    List<String> args = new ArrayList<>(List.of("inspect", model, "--json", "--probe"));
    args.addAll(List.of(probes));
    args.addAll(List.of("--data", data, "--target", target));
    Run run = Run.of(args.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return run.json();
  }

  @Test
  void aCorruptionMakesTheSecondDomain() throws Exception {
    try (Generator.Use seeded = Generator.seeded(1).use()) {
      Model.resnet(ResNetConfig.small(1, 10), List.of(), null).save(folder);
    }
    String[] args = {
      "inspect",
      folder.toString(),
      "--probe",
      "dann",
      "slot=avgpool",
      "--data",
      "digits",
      "--samples",
      "50",
      "--target-corruption",
      "contrast",
      "--json"
    };
    assertThat(Run.of(args).json().at("/probes/0/values/avgpool").asDouble()).isGreaterThan(1);
  }

  @Test
  void wrongArgumentsOfProbesAreRefusedBeforeAnyWork() {
    Map<String, List<String>> wrong =
        Map.of(
            "layer-rotation-layca needs --since, which is not given",
            List.of("--probe", "layer-rotation-layca"),
            "dann slot=fc needs --target or --target-corruption, which is not given",
            List.of("--probe", "dann", "slot=fc"),
            "exclude each other",
            List.of("--probe", "dann", "--target", "x", "--target-corruption", "fog"),
            "--since is for a --probe that needs it",
            List.of("--probe", "dann", "--target", "x", "--since", "y"),
            "--target or --target-corruption is for a --probe",
            List.of("--target", "x"),
            "no corruption 'smog'",
            List.of("--probe", "dann", "--target-corruption", "smog"),
            "severity of fog must be from 1 to 5",
            List.of("--probe", "dann", "--target-corruption", "fog", "--severity", "6"),
            "samples and batch size must be at least 1",
            List.of("--probe", "dann", "--target", "x", "--samples", "0"),
            "--input is for the summary",
            List.of("--probe", "dann", "--target", "x", "--input", "3,8,8"),
            "'lamb' is not the name of one probe",
            List.of("--probe", "lamb"));
    wrong.forEach(
        (message, args) -> {
          List<String> all = new ArrayList<>(List.of("inspect", "nowhere", "--json"));
          all.addAll(args);
          Run run = Run.of(all.toArray(String[]::new));
          assertThat(run.code()).as("%s", args).isEqualTo(2);
          assertThat(run.out()).isEmpty();
          assertThat(run.err()).contains(message);
        });
  }
}
