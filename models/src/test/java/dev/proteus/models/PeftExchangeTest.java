package dev.proteus.models;

import static dev.proteus.core.testing.Tensors.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.adapter.AttachedAdapter;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The Java side of {@code reference/check_peft.py}: reads what Python's PEFT wrote, stored or just
 * now, and writes for it to read.
 */
class PeftExchangeTest {
  private static final Map<String, Map<String, List<String>>> CASES =
      Map.of(
          "bert",
          Map.ofEntries(
              Map.entry("plain", List.of("targets=query,value", "modulesToSave=classifier")),
              Map.entry(
                  "patterns",
                  List.of(
                      "targets=query,dense",
                      "rslora=true",
                      "rankPattern={\"layer.1.attention.self.query\":2,\"pooler.dense\":3}",
                      "alphaPattern={\"dense\":5}")),
              Map.entry("dora", List.of("targets=query,output.dense", "dora=true")),
              Map.entry("embedding", List.of("targets=word_embeddings,key")),
              Map.entry("dora_embedding", List.of("targets=word_embeddings", "dora=true")),
              Map.entry("bias_only", List.of("targets=query", "bias=only")),
              Map.entry("bias_all", List.of("targets=key", "bias=all", "modulesToSave=classifier")),
              Map.entry("lora_bias", List.of("targets=value", "loraBias=true")),
              Map.entry("all_linear", List.of("targets=all-linear")),
              Map.entry("glob", List.of("targets=bert.encoder.layer.1.**")),
              Map.entry("typed_module", List.of("targets=query", "modulesToSave=layer.1.output")),
              Map.entry(
                  "layers",
                  List.of(
                      "targets={\"modules\":[\"query\",\"dense\"],\"exclude\":[\"1.output\"],"
                          + "\"layers\":[1],\"layersPattern\":[\"layer\"]}")),
              Map.entry("regex", List.of("targets=regex:.*\\.(query|value)"))),
          "gpt2",
          Map.of(
              "plain", List.of("targets=c_attn"),
              "dora", List.of("targets=c_attn,c_proj", "dora=true"),
              "bias_only", List.of("targets=c_fc", "bias=only"),
              "all_linear", List.of("targets=all-linear", "rslora=true"),
              "saved", List.of("targets=c_fc", "modulesToSave=ln_f")),
          "llama",
          Map.of(
              "plain", List.of("targets=q_proj,v_proj"),
              "embedding", List.of("targets=embed_tokens,q_proj"),
              "head", List.of("targets=all-linear", "modulesToSave=lm_head")),
          "resnet",
          Map.of(
              "plain", List.of("targets=conv1,conv2"),
              "dora",
                  List.of(
                      "targets=conv2,downsample.0",
                      "dora=true",
                      "rankPattern={\"layer2.0.conv2\":2}"),
              "head", List.of("targets=conv1", "modulesToSave=fc,layer3.0.bn1"),
              "bias_all", List.of("targets=conv2", "bias=all")));

  private static final String FOLDER = System.getProperty("proteus.peft");

  private final Path root;

  PeftExchangeTest() throws URISyntaxException {
    root = Path.of(FOLDER == null ? stored() : FOLDER);
  }

  private static String stored() throws URISyntaxException {
    return Path.of(PeftExchangeTest.class.getResource("/fixtures/peft").toURI()).toString();
  }

  private Layer network(String name) throws IOException {
    Path folder = root.resolve(name).resolve("model");
    if (name.equals("resnet")) {
      Layer net = new ResNet(ResNetConfig.small(1, 10));
      net.load(Safetensors.read(folder.resolve("model.safetensors")).tensors());
      return net.eval();
    }
    return Model.load(folder).net();
  }

  private static Tensor predict(Layer net, Tensor x) {
    return Autograd.noGrad(() -> net.forward(x));
  }

  @TestFactory
  Stream<DynamicTest> readsWhatPythonWrote() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String name : CASES.keySet()) {
      if (!Files.exists(root.resolve(name))) {
        continue; // not among the stored ones
      }
      try (Stream<Path> files = Files.list(root.resolve(name).resolve("python"))) {
        for (Path adapter : files.filter(Files::isDirectory).sorted().toList()) {
          tests.add(
              DynamicTest.dynamicTest(
                  name + "/" + adapter.getFileName(), () -> reads(name, adapter)));
        }
      }
    }
    return tests.stream();
  }

  private void reads(String name, Path adapter) throws IOException {
    Map<String, Tensor> f =
        Safetensors.read(adapter.resolveSibling(adapter.getFileName() + ".safetensors")).tensors();
    Layer net = network(name);
    Tensor base = predict(net, f.get("x"));
    Map<String, Tensor> ofBase =
        Safetensors.read(root.resolve(name).resolve("base.safetensors")).tensors();
    double size = f.get("y").abs().amax().item();
    assertClose("base", base, ofBase.get("y"), 1e-5 * size);
    AttachedAdapter attached = Lora.load(net, "default", adapter);
    assertClose("adapted", predict(net, f.get("x")), f.get("y"), 1e-5 * size);
    assertThat(base.allClose(f.get("y"), 1e-3, 1e-3)).isFalse();
    attached.detach();
    assertThat(predict(net, f.get("x")).equal(base)).as("detached").isTrue();
  }

  @TestFactory
  @EnabledIfSystemProperty(named = "proteus.peft", matches = ".+")
  Stream<DynamicTest> writesForPython() {
    List<DynamicTest> tests = new ArrayList<>();
    CASES.forEach(
        (name, cases) ->
            cases.forEach(
                (key, values) ->
                    tests.add(
                        DynamicTest.dynamicTest(
                            name + "/" + key, () -> writes(name, key, values)))));
    return tests.stream();
  }

  private void writes(String name, String key, List<String> values) throws IOException {
    Layer net = network(name);
    Tensor x = Safetensors.read(root.resolve(name).resolve("base.safetensors")).tensors().get("x");
    List<String> all = new ArrayList<>(List.of("rank=3", "alpha=4"));
    all.addAll(values);
    Generator random = Generator.seeded(key.hashCode());
    try (Generator.Use use = random.use()) {
      AttachedAdapter attached = MethodConfig.build(Lora.class, all).attach(net);
      attached
          .parameters()
          .values()
          .forEach(p -> p.assign(p.value().detach().add(random.normal(0, 0.2, p.value().shape()))));
      Path folder = root.resolve(name).resolve("java");
      attached.save(folder.resolve(key));
      Safetensors.write(
          folder.resolve(key + ".safetensors"),
          Map.of("x", x, "y", predict(net.eval(), x)),
          Map.of());
    }
  }
}
