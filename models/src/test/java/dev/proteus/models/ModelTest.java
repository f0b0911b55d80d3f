package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTest {
  private static final List<String> LABELS = List.of("a", "b", "c");

  @TempDir Path folder;

  private static long parameters(Layer net) {
    return net.parameters().values().stream().map(Parameter::value).mapToLong(Tensor::numel).sum();
  }

  private static Model small() {
    return Model.resnet(
        ResNetConfig.small(1, 3), LABELS, new Preprocessing(List.of(0.5), List.of(0.25)));
  }

  @Test
  void parameterCountsAreThePublishedOnes() {
    assertThat(parameters(new ResNet(ResNetConfig.resnet50()))).isEqualTo(25_557_032);
    ResNetConfig r18 =
        new ResNetConfig(
            3,
            64,
            List.of(64, 128, 256, 512),
            List.of(2, 2, 2, 2),
            ResNetConfig.Block.BASIC,
            ResNetConfig.Stem.LARGE,
            ResNetConfig.Shortcut.CONV,
            1000);
    assertThat(parameters(new ResNet(r18))).isEqualTo(11_689_512);
    ResNetConfig r50d =
        new ResNetConfig(
            3,
            64,
            r18.widths(),
            List.of(3, 4, 6, 3),
            ResNetConfig.Block.BOTTLENECK,
            ResNetConfig.Stem.DEEP,
            ResNetConfig.Shortcut.POOL,
            1000);
    assertThat(parameters(new ResNet(r50d))).isEqualTo(25_576_264);
  }

  @Test
  void aSavedModelPredictsTheSame() throws IOException {
    Model m = small();
    Tensor x = Generator.seeded(1).normal(0, 1, 4, 1, 28, 28);
    m.net().train().forward(x);
    m.save(folder);
    Model loaded = Model.load(folder);
    assertThat(loaded.net().forward(x).equal(m.net().eval().forward(x))).isTrue();
    assertThat(loaded.labels()).isEqualTo(LABELS);
    assertThat(loaded.preprocessing()).isEqualTo(m.preprocessing());
    assertThat(loaded.net().isTraining()).isFalse();
  }

  @Test
  void foldersThatDoNotFitAreRefusedWithTheReason() throws IOException {
    assertThatThrownBy(() -> Model.load(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining("model.safetensors");
    small().save(folder);
    Path config = folder.resolve("config.json");
    String good = Files.readString(config);
    Files.writeString(config, good.replace("\"resnet\"", "\"resnest\""));
    assertThatThrownBy(() -> Model.load(folder))
        .hasMessageContaining("unknown architecture 'resnest'; known: ")
        .hasMessageContaining(", resnet, ");
    Files.writeString(config, good.replace("\"num_classes\" : 3", "\"num_classes\" : 4"));
    assertThatThrownBy(() -> Model.load(folder))
        .hasMessageContaining("'fc.weight': expected shape [4, 64], got [3, 64]");
    Files.writeString(config, good.replace("num_classes", "num_clases"));
    assertThatThrownBy(() -> Model.load(folder)).hasMessageContaining("num_classes");
    Files.writeString(config, "{");
    assertThatThrownBy(() -> Model.load(folder)).hasMessageContaining("config.json is not JSON");
  }

  @Test
  void publishedWeightsServeANewTask() throws IOException {
    String config =
        """
        {"architectures": ["BertForMaskedLM"], "vocab_size": 9, "hidden_size": 4,
         "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8,
         "max_position_embeddings": 6}
        """;
    Files.writeString(folder.resolve("config.json"), config);
    Layer net =
        Architectures.named("BertForMaskedLM").build().apply(new ObjectMapper().readTree(config));
    Safetensors.write(folder.resolve("model.safetensors"), net.state(), Map.of());
    Tensor x = Tensor.of(new long[] {1, 2, 3, 4}, 2, 2);
    Model same = Model.load(folder);
    assertThat(same.net().forward(x).equal(net.eval().forward(x))).isTrue();

    Loading task = Loading.AS_PUBLISHED.as("ForTokenClassification", LABELS);
    Model tagger = Model.load(folder, task);
    assertThat(tagger.labels()).isEqualTo(LABELS);
    assertThat(tagger.net().forward(x).shape()).containsExactly(2, 2, 3);
    Path saved = folder.resolve("saved");
    tagger.save(saved);
    assertThat(Model.load(saved).net().forward(x).equal(tagger.net().forward(x))).isTrue();
  }
}
