package dev.proteus.core.adapter;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A folder with an adapter, as Hugging Face's PEFT writes it: {@code adapter_config.json} and
 * {@code adapter_model.safetensors}.
 */
final class PeftFolder {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG = "adapter_config.json";
  private static final String TENSORS = "adapter_model.safetensors";
  private static final String PICKLE = "adapter_model.bin";
  private static final String PREFIX = "base_model.model.";

  /** Where it trains all biases, PEFT writes those of modules to save three times. */
  private static final List<String> AGAIN = List.of(".original_module.", ".modules_to_save.");

  private PeftFolder() {}

  static boolean is(Path folder) {
    return Files.exists(folder.resolve(CONFIG));
  }

  static JsonNode config(Path folder) {
    try {
      return JSON.readTree(Files.readString(folder.resolve(CONFIG)));
    } catch (IOException e) {
      throw failure(folder, CONFIG, e);
    }
  }

  /**
   * @throws IllegalArgumentException naming the key whose value is not the expected one
   */
  static void same(Map<String, Object> expected, JsonNode config) {
    JSON.<JsonNode>valueToTree(expected)
        .properties()
        .forEach(
            e -> {
              JsonNode its = config.path(e.getKey());
              if (!its.equals(e.getValue())) {
                throw new IllegalArgumentException(
                    e.getKey()
                        + " of the folder is "
                        + (its.isMissingNode() ? "missing" : its)
                        + ", of this adapter "
                        + e.getValue());
              }
            });
  }

  // ---- writing ----

  /**
   * Writes an adapter.
   *
   * @param targets {@code target_modules}, if the network has to resolve them; else null
   */
  static void save(
      Path folder, LayerAdapter method, Object targets, Map<String, List<Part>> parts) {
    Map<String, Object> config = new TreeMap<>(common(method, targets));
    config.putAll(method.peftConfig());
    Map<String, Tensor> tensors = new TreeMap<>();
    names(parts).forEach((name, s) -> tensors.put(name, s.value().detach()));
    try {
      Files.createDirectories(folder);
      Safetensors.write(folder.resolve(TENSORS), tensors, Map.of("format", "pt"));
      AtomicFile.write(folder.resolve(CONFIG), python().writeValueAsString(config));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write an adapter to " + folder, e);
    }
  }

  private static Map<String, Object> common(LayerAdapter method, Object targets) {
    Targets t = method.targets();
    boolean resolved = targets != null;
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("auto_mapping", null);
    config.put("base_model_name_or_path", null);
    config.put("inference_mode", true);
    config.put("revision", null);
    config.put("task_type", null);
    config.put("target_modules", resolved ? targets : Targets.inPeft(t.modules()));
    config.put(
        "exclude_modules", resolved || t.exclude().isEmpty() ? null : Targets.inPeft(t.exclude()));
    config.put("layers_to_transform", resolved || t.layers().isEmpty() ? null : t.layers());
    config.put(
        "layers_pattern", resolved || t.layersPattern().isEmpty() ? null : t.layersPattern());
    config.put("modules_to_save", method.modulesToSave().isEmpty() ? null : method.modulesToSave());
    return config;
  }

  /** Laid out as Python's json module does it with an indent of 2. */
  private static ObjectWriter python() {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter(
            Separators.createDefaultInstance()
                .withObjectFieldValueSpacing(Spacing.AFTER)
                .withObjectEmptySeparator("")
                .withArrayEmptySeparator(""));
    printer.indentObjectsWith(lines);
    printer.indentArraysWith(lines);
    return JSON.writer(printer);
  }

  /** What the file has, by its name there. */
  private static Map<String, Stored> names(Map<String, List<Part>> parts) {
    Map<String, Stored> names = new TreeMap<>();
    parts.forEach(
        (path, ps) ->
            ps.forEach(
                part ->
                    part.files().forEach((name, s) -> names.put(PREFIX + path + "." + name, s))));
    return names;
  }

  // ---- reading ----

  /**
   * Reads values; nothing is changed if they do not fit.
   *
   * @param baseValue the base network's tensor at a path, or null
   */
  static void load(
      Path folder,
      LayerAdapter method,
      Map<String, List<Part>> parts,
      Function<String, Tensor> baseValue) {
    method.check(config(folder));
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>(tensors(folder));
      Map<String, Stored> expected = names(parts);
      List<String> missing = without(expected.keySet(), tensors.keySet());
      List<String> more = without(tensors.keySet(), expected.keySet());
      more.removeIf(name -> isOfBase(folder, name, tensors.get(name), baseValue));
      if (!missing.isEmpty() || !more.isEmpty()) {
        throw new IllegalArgumentException(
            folder
                + ": the adapter does not fit the network"
                + listed("; the file lacks ", missing)
                + listed("; it has besides ", more)
                + ". Attach it to the layers that it is for");
      }
      expected.forEach((name, s) -> sameShape(name, s.value(), tensors.get(name)));
      expected.forEach((name, s) -> s.assign(tensors.get(name)));
    }
  }

  private static Map<String, Tensor> tensors(Path folder) {
    try {
      return Safetensors.read(folder.resolve(TENSORS)).tensors();
    } catch (IOException e) {
      throw failure(folder, TENSORS, e);
    }
  }

  /** Of adapted embeddings PEFT writes the frozen table, too. */
  private static boolean isOfBase(
      Path folder, String name, Tensor value, Function<String, Tensor> baseValue) {
    if (AGAIN.stream().anyMatch(name::contains)) {
      return true;
    }
    String base = "." + AdaptedLayer.BASE + ".";
    if (!name.startsWith(PREFIX) || !name.contains(base)) {
      return false;
    }
    String path = name.substring(PREFIX.length()).replace(base, ".");
    Tensor own = baseValue.apply(path);
    if (own == null) {
      return false;
    }
    sameShape(name, own, value);
    if (!value.to(own.dtype()).equal(own)) {
      throw new IllegalArgumentException(
          folder
              + ": '"
              + name
              + "' is a base weight, and another one than the network's '"
              + path
              + "'; load the adapter on the network that it was trained on");
    }
    return true;
  }

  private static void sameShape(String name, Tensor expected, Tensor got) {
    if (!Arrays.equals(expected.shape(), got.shape())) {
      throw new IllegalArgumentException(
          "'" + name + "': expected " + expected.describe() + ", got " + got.describe());
    }
  }

  private static List<String> without(Collection<String> a, Collection<String> b) {
    return a.stream().filter(name -> !b.contains(name)).collect(Collectors.toList());
  }

  private static String listed(String what, List<String> names) {
    return names.isEmpty()
        ? ""
        : what
            + names.stream().limit(10).collect(Collectors.joining(", "))
            + (names.size() > 10 ? " and " + (names.size() - 10) + " more" : "");
  }

  private static UncheckedIOException failure(Path folder, String file, IOException e) {
    return new UncheckedIOException(
        !(e instanceof NoSuchFileException)
            ? folder.resolve(file) + ": " + e.getMessage()
            : folder
                + " is no PEFT adapter folder: it has no "
                + file
                + (Files.exists(folder.resolve(PICKLE))
                    ? ", only " + PICKLE + ", which may run code when read; save it as safetensors"
                    : ""),
        e);
  }
}
