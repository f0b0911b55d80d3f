package dev.proteus.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.method.Probe;
import dev.proteus.core.surgery.Summary;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import dev.proteus.lab.report.Table;
import dev.proteus.models.Model;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a network consists of, and what probes say of it. */
@Command(
    name = "inspect",
    description =
        "Shows a network: paths, layers, shapes, parameters and operations of one pass. Or reads"
            + " probes on it.",
    footer = {
      "",
      "Examples:",
      "  proteus inspect fashion-resnet",
      "  proteus inspect my-model --input 3,32,32",
      "  proteus inspect my-model --probe layer-rotation-layca --since my-older-model",
      "  proteus inspect fashion-resnet --probe dann slot=fc --target-corruption fog",
      "  proteus inspect my-model --probe dann slot=fc --data photos --target drawings"
    })
final class InspectCommand implements Callable<Integer> {
  /** Of the bundled model, and of the samples that probes see. */
  private static final long SEED = 1;

  /** Height and width of an image for a network that takes any. */
  private static final long SIDE = 28;

  /** Tokens of a text. */
  private static final long LENGTH = 128;

  @Parameters(paramLabel = "MODEL", description = ModelNames.DESCRIPTION + ".")
  private String name;

  @Option(
      names = "--input",
      split = ",",
      paramLabel = "SIZE",
      description =
          "Shape of one sample, such as 3,224,224 (default: what the model's config says; images of"
              + " 28,28 where any do; texts of 128 tokens).")
  private List<Long> sample;

  @Mixin private ModelNames models;
  @Mixin private ProbeOptions probes;
  @Mixin private Compute compute;
  @Mixin private Output output;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Map<String, Probe> asked = output.asked(probes::asked);
    if (sample != null && !asked.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--input is for the summary; what probes see comes from --data");
    }
    compute.apply();
    try (Scope scope = Scope.open()) {
      Model model = models.open(name, SEED, output);
      if (asked.isEmpty()) {
        summarise(model);
      } else {
        print(probes.read(asked, model, models, SEED, output));
      }
    }
    return 0;
  }

  private void print(Map<String, Map<String, Double>> readings) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("model", name);
    ArrayNode array = json.putArray("probes");
    for (Map.Entry<String, Map<String, Double>> r : readings.entrySet()) {
      ObjectNode values = array.addObject().put("probe", r.getKey()).putObject("values");
      Table table = new Table("where", r.getKey());
      r.getValue()
          .forEach(
              (where, value) -> {
                values.put(where, Double.isFinite(value) ? value : null);
                table.row(where, value);
              });
      if (!output.json) {
        output.println(table.text());
      }
    }
    if (output.json) {
      output.print(json);
    }
  }

  private void summarise(Model model) {
    long[] shape = shape(model);
    Summary summary = summary(model, shape);
    if (output.json) {
      output.print(json(model, shape, summary));
    } else {
      output.printf(
          "%s, a %s, on input %s%n%n%s",
          name, model.config().path("model_type").asText(), Arrays.toString(shape), summary);
    }
  }

  /** A batch of one sample. */
  private long[] shape(Model model) {
    List<Long> sizes = sample;
    if (sizes == null) {
      sizes = usual(model.config());
    }
    long[] shape = new long[sizes.size() + 1];
    shape[0] = 1;
    for (int i = 0; i < sizes.size(); i++) {
      shape[i + 1] = sizes.get(i);
    }
    if (Arrays.stream(shape).anyMatch(n -> n < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--input needs sizes above 0, but got " + sizes);
    }
    return shape;
  }

  /** Shape of one sample, by the keys that families of networks have. */
  private static List<Long> usual(JsonNode config) {
    if (isText(config)) {
      return List.of(LENGTH);
    } else if (config.has("num_inputs")) {
      return List.of(config.get("num_inputs").asLong());
    }
    JsonNode timm = config.at("/pretrained_cfg/input_size");
    if (timm.size() == 3) {
      return List.of(timm.get(0).asLong(), timm.get(1).asLong(), timm.get(2).asLong());
    }
    long side = config.path("image_size").asLong(SIDE);
    return List.of(config.path("num_channels").asLong(3), side, side);
  }

  private static boolean isText(JsonNode config) {
    return config.has("vocab_size");
  }

  private Summary summary(Model model, long[] shape) {
    DType type = isText(model.config()) ? DType.INT64 : DType.FLOAT32;
    try {
      return Summary.of(model.net(), Tensor.zeros(type, shape));
    } catch (TensorException | IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(),
          "the network does not take input "
              + Arrays.toString(shape)
              + "; give --input: "
              + e.getMessage(),
          e);
    }
  }

  private static ObjectNode json(Model model, long[] shape, Summary summary) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.set("config", model.config());
    Arrays.stream(shape).forEach(json.putArray("input")::add);
    json.set("total", json(summary.total()));
    ArrayNode rows = json.putArray("slots");
    summary.rows().forEach(r -> rows.add(json(r).put("path", r.path())));
    return json;
  }

  private static ObjectNode json(Summary.Row r) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("layer", r.layer());
    r.output().forEach(json.putArray("output")::add);
    return json.put("calls", r.calls())
        .put("parameters", r.parameters())
        .put("trainable", r.trainable())
        .put("macs", r.macs());
  }
}
