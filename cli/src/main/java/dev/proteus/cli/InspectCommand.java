package dev.proteus.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.surgery.Summary;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import dev.proteus.models.Model;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a network consists of. */
@Command(
    name = "inspect",
    description = "Shows a network: paths, layers, shapes, parameters and operations of one pass.",
    footer = {
      "",
      "Examples:",
      "  proteus inspect fashion-resnet",
      "  proteus inspect my-model --input 3,32,32"
    })
final class InspectCommand implements Callable<Integer> {
  private static final long BUNDLED_SEED = 1;

  /** Height and width of an image for a network that takes any. */
  private static final long SIDE = 28;

  @Parameters(
      paramLabel = "MODEL",
      description =
          "A model folder (config.json and model.safetensors), or fashion-resnet, the bundled one.")
  private String name;

  @Option(
      names = "--input",
      split = ",",
      paramLabel = "SIZE",
      description =
          "Shape of one sample, such as 3,224,224 (default: what the model's config says; images of"
              + " 28,28 where any do).")
  private List<Long> sample;

  @Mixin private Output output;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    try (Scope scope = Scope.open()) {
      Model model = ModelOptions.open(name, BUNDLED_SEED, output);
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
    return 0;
  }

  /** A batch of one sample. */
  private long[] shape(Model model) {
    List<Long> sizes = sample;
    if (sizes == null) {
      sizes =
          model.config().has("num_inputs")
              ? List.of(model.config().get("num_inputs").asLong())
              : List.of(model.config().path("num_channels").asLong(), SIDE, SIDE);
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

  private Summary summary(Model model, long[] shape) {
    try {
      return Summary.of(model.net(), Tensor.zeros(shape));
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
