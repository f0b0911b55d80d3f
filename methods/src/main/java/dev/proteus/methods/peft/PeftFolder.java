package dev.proteus.methods.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A folder with an adapter, as Hugging Face's PEFT writes it: one JSON file and the tensors. */
final class PeftFolder {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG = "adapter_config.json";
  private static final String TENSORS = "adapter_model.safetensors";

  private PeftFolder() {}

  static void write(Path folder, Map<String, Object> config, Map<String, Tensor> tensors) {
    try {
      Files.createDirectories(folder);
      String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(new TreeMap<>(config));
      Safetensors.write(folder.resolve(TENSORS), new TreeMap<>(tensors), Map.of("format", "pt"));
      AtomicFile.write(folder.resolve(CONFIG), text + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write an adapter to " + folder, e);
    }
  }

  static JsonNode config(Path folder) {
    try {
      return JSON.readTree(Files.readString(folder.resolve(CONFIG)));
    } catch (IOException e) {
      throw failure(folder, CONFIG, e);
    }
  }

  static Map<String, Tensor> tensors(Path folder) {
    try {
      return Safetensors.read(folder.resolve(TENSORS)).tensors();
    } catch (IOException e) {
      throw failure(folder, TENSORS, e);
    }
  }

  static Set<String> names(Path folder) {
    try {
      return Safetensors.header(folder.resolve(TENSORS)).tensors().keySet();
    } catch (IOException e) {
      throw failure(folder, TENSORS, e);
    }
  }

  private static UncheckedIOException failure(Path folder, String file, IOException e) {
    return new UncheckedIOException(
        e instanceof NoSuchFileException
            ? folder + " is no PEFT adapter folder: it has no " + file
            : folder.resolve(file) + ": " + e.getMessage(),
        e);
  }
}
