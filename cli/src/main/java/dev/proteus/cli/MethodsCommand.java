package dev.proteus.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.Method;
import dev.proteus.core.method.MethodConfig;
import dev.proteus.core.method.MethodTypes;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The catalogue: all methods, or one with its parameters. */
@Command(
    name = "methods",
    description = "Lists the published methods and how far each has come, or shows one of them.",
    footer = {
      "",
      "Status: planned; built (its type exists); exact (its exact checks pass); reference (equals",
      "the official implementation on stored fixtures); claim (its experiment has a stored result).",
      "",
      "Examples:",
      "  proteus methods --family tta",
      "  proteus methods lora-plus --json"
    })
final class MethodsCommand implements Runnable {
  @Parameters(arity = "0..1", paramLabel = "ID", description = "Show this method in detail.")
  private String id;

  @Option(
      names = "--family",
      paramLabel = "F",
      description = "Only methods of this family, such as norm, tta or peft.")
  private String family;

  @Mixin private Output output;
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    Catalogue catalogue = Catalogue.load();
    if (id != null) {
      if (family != null) {
        throw new ParameterException(spec.commandLine(), "give an ID or --family, not both");
      }
      show(output.asked(() -> catalogue.get(id)));
    } else {
      list(catalogue.entries());
    }
  }

  private void list(List<Catalogue.Entry> all) {
    List<Catalogue.Entry> entries =
        all.stream().filter(e -> family == null || e.family().equals(family)).toList();
    if (entries.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "no family '"
              + family
              + "'; there are "
              + all.stream()
                  .map(Catalogue.Entry::family)
                  .distinct()
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
    if (output.json) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      entries.forEach(e -> array.add(summary(e)));
      output.print(array);
      return;
    }
    Table table = new Table("id", "family", "status", "title");
    entries.forEach(e -> table.row(e.id(), e.family(), e.status(), e.title()));
    output.println(table.text());
    Map<Object, Long> counts =
        entries.stream()
            .collect(
                Collectors.groupingBy(
                    Catalogue.Entry::status, TreeMap::new, Collectors.counting()));
    output.printf(
        "%d methods: %s",
        entries.size(),
        counts.entrySet().stream()
            .map(c -> c.getValue() + " " + c.getKey())
            .collect(Collectors.joining(", ")));
  }

  private static ObjectNode summary(Catalogue.Entry e) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", e.id())
        .put("family", e.family())
        .put("title", e.title())
        .put("status", e.status().toString());
  }

  private void show(Catalogue.Entry e) {
    ObjectNode json = summary(e);
    Results.of(e.id()).ifPresent(r -> json.put("verdict", r.verdict().toString()));
    ArrayNode types = json.putArray("types");
    e.types().forEach(t -> types.add(describe(t)));
    if (output.json) {
      output.print(json);
      return;
    }
    output.println(e.title());
    output.printf("%s, family %s, status %s", e.id(), e.family(), e.status());
    if (json.has("verdict")) {
      output.println("its claim: " + json.get("verdict").asText());
    }
    for (JsonNode type : types) {
      List<String> kinds = new ArrayList<>();
      type.get("kinds").forEach(k -> kinds.add(k.asText()));
      output.printf(
          "%n%s%s",
          type.get("type").asText(), kinds.isEmpty() ? "" : ": " + String.join(", ", kinds));
      type.get("parameters")
          .properties()
          .forEach(
              p ->
                  output.printf(
                      "  %s=%s",
                      p.getKey(), p.getValue().isTextual() ? p.getValue().asText() : p.getValue()));
    }
  }

  /**
   * A type with its kinds and, where command line and config files can build it, its parameters.
   */
  private static ObjectNode describe(Class<?> type) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("type", type.getName());
    ArrayNode kinds = json.putArray("kinds");
    MethodTypes.kinds(type).forEach(kinds::add);
    json.set(
        "parameters",
        type.isRecord() && Method.class.isAssignableFrom(type)
            ? MethodConfig.describe(MethodConfig.defaults(type.asSubclass(Method.class)))
            : JsonNodeFactory.instance.objectNode());
    return json;
  }
}
