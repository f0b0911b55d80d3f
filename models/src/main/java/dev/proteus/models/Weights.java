package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.io.OnnxFile;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.io.TorchFile;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tensors of a model folder by their published names, mapped and not read: one file, or the
 * shards that an index ({@code model.safetensors.index.json}) lists. Where a folder holds several
 * formats, safetensors is preferred.
 */
public final class Weights {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String INDEX = ".index.json";

  /** What a folder may hold; the first that is there is taken. */
  private static final List<String> FILES =
      List.of(
          "model.safetensors",
          "diffusion_pytorch_model.safetensors",
          "pytorch_model.bin",
          "diffusion_pytorch_model.bin",
          "model.onnx");

  private Weights() {}

  /**
   * Maps the weights of a folder; the tensors outlive every scope.
   *
   * @throws IOException if there are none, a shard is missing, or a file breaks its format; the
   *     message names the file
   */
  public static Map<String, Tensor> read(Path folder) throws IOException {
    String file = choose(name -> Files.exists(folder.resolve(name)));
    if (file != null) {
      Path path = folder.resolve(file);
      return file.endsWith(INDEX) ? shards(folder, path) : tensors(path);
    }
    throw new NoSuchFileException(
        folder.toString(),
        null,
        "the folder holds no weights; expected one of "
            + String.join(", ", FILES)
            + ", or its shards with "
            + FILES.get(0)
            + INDEX);
  }

  /** The file to read of those that exist: weights, or an index of them; null if there is none. */
  static String choose(Predicate<String> exists) {
    return FILES.stream()
        .flatMap(file -> Stream.of(file, file + INDEX))
        .filter(exists)
        .findFirst()
        .orElse(null);
  }

  /** The files beside a file of weights that it needs: an index its shards, others none. */
  static Set<String> shards(Path file) throws IOException {
    return file.toString().endsWith(INDEX)
        ? new LinkedHashSet<>(weightMap(file).values())
        : Set.of();
  }

  private static Map<String, Tensor> tensors(Path file) throws IOException {
    String name = file.toString();
    if (name.endsWith(".onnx")) {
      return OnnxNames.published(OnnxFile.read(file));
    }
    return name.endsWith(".bin") ? TorchFile.read(file) : Safetensors.read(file).tensors();
  }

  private static Map<String, Tensor> shards(Path folder, Path index) throws IOException {
    Map<String, String> shardOf = weightMap(index);
    Map<String, Map<String, Tensor>> shards = new LinkedHashMap<>();
    Set<String> absent = new LinkedHashSet<>();
    for (String shard : new LinkedHashSet<>(shardOf.values())) {
      if (Files.exists(folder.resolve(shard))) {
        shards.put(shard, tensors(folder.resolve(shard)));
      } else {
        absent.add(shard);
      }
    }
    if (!absent.isEmpty()) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          index.getFileName() + " lists files that are not there: " + first(absent));
    }
    Map<String, Tensor> all = new LinkedHashMap<>();
    Set<String> lost = new LinkedHashSet<>();
    shardOf.forEach(
        (name, shard) -> {
          Tensor t = shards.get(shard).get(name);
          if (t == null) {
            lost.add(name + " in " + shard);
          }
          all.put(name, t);
        });
    if (!lost.isEmpty()) {
      throw new IOException(index + " lists tensors that are not there: " + first(lost));
    }
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, String> weightMap(Path index) throws IOException {
    JsonNode map;
    try {
      map = JSON.readTree(index.toFile()).path("weight_map");
    } catch (JsonProcessingException e) {
      throw new IOException(index + " is not JSON: " + e.getOriginalMessage(), e);
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> e : map.properties()) {
      String shard = e.getValue().asText();
      // Only files of this folder: an index comes from anywhere.
      if (!shard.matches("[^/\\\\]+") || shard.startsWith(".")) {
        throw new IOException(
            index + ": '" + e.getKey() + "' is in '" + shard + "', which is not a name of a file");
      }
      shardOf.put(e.getKey(), shard);
    }
    if (shardOf.isEmpty()) {
      throw new IOException(index + " has no weight_map of tensor names to files");
    }
    return shardOf;
  }

  /** The first ten of many names and their number. */
  static String first(Set<String> names) {
    return names.stream().limit(10).collect(Collectors.joining(", "))
        + (names.size() > 10 ? ", … (" + names.size() + " in all)" : "");
  }
}
