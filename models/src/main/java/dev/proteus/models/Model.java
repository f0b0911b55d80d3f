package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Images;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A network with what is needed to use it; on disk a folder of the Hugging Face layout ({@code
 * config.json}, {@code model.safetensors}, {@code preprocessor_config.json}).
 *
 * @param net the network
 * @param config its {@code config.json}; {@code model_type} names the architecture
 * @param preprocessing of images, or null for other input
 */
public record Model(Layer net, ObjectNode config, Preprocessing preprocessing) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String PREPROCESSING = "preprocessor_config.json";

  /** A residual network with fresh weights, drawn from the current generator. */
  public static Model resnet(ResNetConfig c, List<String> labels, Preprocessing preprocessing) {
    return new Model(new ResNet(c), config("resnet", c, labels), preprocessing);
  }

  /** A multilayer perceptron with fresh weights, drawn from the current generator. */
  public static Model mlp(MlpConfig c, List<String> labels) {
    return new Model(c.network(), config("mlp", c, labels), null);
  }

  /**
   * The network that a {@code config.json} describes, with fresh weights of the current generator.
   *
   * @throws IllegalArgumentException listing those known, for another architecture
   */
  public static Model fresh(ObjectNode config) {
    return new Model(Architectures.of(config).build().apply(config), config, null);
  }

  private static ObjectNode config(String type, Object shape, List<String> labels) {
    ObjectNode node = JSON.createObjectNode().put("model_type", type);
    node.setAll((ObjectNode) JSON.valueToTree(shape));
    if (!labels.isEmpty()) {
      Loading.label(node, labels);
    }
    return node;
  }

  /**
   * The slot of the network without its head, such as {@code bert}.
   *
   * @throws IllegalArgumentException if the architecture has no head
   */
  public String base() {
    String base = Architectures.of(config).base();
    if (base.isEmpty()) {
      throw new IllegalArgumentException(Architectures.name(config) + " has no head");
    }
    return base;
  }

  /** Paths of the layers that a new task has to train: the head's, and a pooler before it. */
  public List<String> head() {
    List<String> head = new ArrayList<>();
    String pooler = base() + ".pooler";
    if (net.slots().containsKey(pooler)) {
      head.add(pooler);
    }
    net.ownSlots()
        .forEach(
            (name, slot) -> {
              if (!name.equals(base()) && !slot.get().parameters().isEmpty()) {
                head.add(name);
              }
            });
    return head;
  }

  /** The same samples, prepared as the network wants them. */
  public Dataset prepare(Dataset data) {
    return data.map(this::prepare);
  }

  /**
   * A batch's input as the network wants it: of its size and normalised; 8-bit images at least in
   * [0, 1].
   */
  public Tensor prepare(Tensor x) {
    if (preprocessing != null) {
      return preprocessing.apply(x);
    }
    return x.dtype() == DType.UINT8 ? Images.unit(x) : x;
  }

  /** What the classes are called. */
  public List<String> labels() {
    List<String> labels = new ArrayList<>();
    JsonNode names = config.path("id2label");
    for (int i = 0; i < names.size(); i++) {
      labels.add(names.path(String.valueOf(i)).asText());
    }
    if (labels.isEmpty()) {
      config.path("label_names").forEach(name -> labels.add(name.asText())); // timm's
    }
    return labels;
  }

  /** Opens the network that a folder describes, {@link Loading#AS_PUBLISHED}. */
  public static Model load(Path folder) throws IOException {
    return load(folder, Loading.AS_PUBLISHED);
  }

  /**
   * Opens a folder. Its weights are mapped, not read: they come into memory as they are used, and
   * changes to them stay private. The files must not be truncated while the model lives.
   *
   * @throws IOException if a file is missing or broken, or the weights do not fit; the message
   *     names the folder, and what was expected
   */
  public static Model load(Path folder, Loading how) throws IOException {
    if (!Files.isRegularFile(folder.resolve(CONFIG))) {
      throw new NoSuchFileException(
          folder.resolve(CONFIG).toString(),
          null,
          "a model folder holds " + CONFIG + " and weights such as " + WEIGHTS);
    }
    ObjectNode config = how.applyTo(json(folder.resolve(CONFIG)));
    try (Scope scope = Scope.open()) {
      Layer net = Fit.of(Architectures.of(config), config, how, Weights.read(folder));
      Path preprocessing = folder.resolve(PREPROCESSING);
      return new Model(
          net.eval(),
          config,
          Files.exists(preprocessing)
              ? Preprocessing.read(json(preprocessing))
              : Preprocessing.timm(config));
    } catch (IllegalArgumentException e) {
      throw new IOException(folder + ": " + e.getMessage(), e);
    }
  }

  private static ObjectNode json(Path file) throws IOException {
    try {
      return JSON.readValue(file.toFile(), ObjectNode.class);
    } catch (JsonProcessingException e) {
      throw new IOException(file + " is not JSON as expected: " + e.getOriginalMessage(), e);
    }
  }

  /** Writes the folder; each file appears whole or not at all, the weights last. */
  public void save(Path folder) throws IOException {
    Files.createDirectories(folder);
    AtomicFile.write(
        folder.resolve(CONFIG), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config));
    if (preprocessing != null && !preprocessing.equals(Preprocessing.timm(config))) {
      AtomicFile.write(
          folder.resolve(PREPROCESSING),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(preprocessing.json()));
    }
    // A tied parameter once, by its first path, as in published files.
    Map<String, Stored> stored = new LinkedHashMap<>(net.parameters());
    stored.putAll(net.buffers());
    Map<String, Tensor> state = new LinkedHashMap<>();
    stored.forEach((path, s) -> state.put(path, s.value()));
    Safetensors.write(folder.resolve(WEIGHTS), state, Map.of("format", "pt"));
  }
}
