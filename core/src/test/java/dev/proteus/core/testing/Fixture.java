package dev.proteus.core.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Tensors that an official implementation gave, written by a script of {@code reference/}. */
public final class Fixture {
  private final String name;
  private final Safetensors file;

  private Fixture(String name, Safetensors file) {
    this.name = name;
    this.file = file;
  }

  /**
   * Reads {@code fixtures/<name>.safetensors} from the class path.
   *
   * @param name with its folder, such as {@code nn/conv2d}
   */
  public static Fixture read(String name) {
    String resource = "/fixtures/" + name + ".safetensors";
    URL url = Fixture.class.getResource(resource);
    if (url == null) {
      throw new IllegalArgumentException("no fixture " + resource + " on the class path");
    }
    try {
      if (url.getProtocol().equals("file")) {
        return new Fixture(name, Safetensors.read(Path.of(url.toURI())));
      }
      Path copy = Files.createTempFile("fixture", ".safetensors");
      copy.toFile().deleteOnExit();
      try (InputStream in = url.openStream()) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      return new Fixture(name, Safetensors.read(copy));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Names of the fixtures in a folder of the module's own resources, in order. */
  public static List<String> names(String folder) {
    Path at = Path.of("src/test/resources/fixtures").resolve(folder);
    try (Stream<Path> files = Files.list(at)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(f -> f.endsWith(".safetensors"))
          .map(f -> folder + "/" + f.substring(0, f.lastIndexOf('.')))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean has(String key) {
    return file.tensors().containsKey(key);
  }

  public Tensor get(String key) {
    if (!has(key)) {
      throw new IllegalArgumentException(
          name + " has no '" + key + "', but " + file.tensors().keySet());
    }
    return file.tensors().get(key);
  }

  /** The tensors whose keys begin with {@code prefix}, by the rest of the key. */
  public Map<String, Tensor> group(String prefix) {
    Map<String, Tensor> group = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (key, t) -> {
              if (key.startsWith(prefix)) {
                group.put(key.substring(prefix.length()), t);
              }
            });
    return group;
  }

  /** Tensors prefix0, prefix1, … */
  public List<Tensor> list(String prefix) {
    Map<String, Tensor> group = group(prefix);
    return Stream.iterate(0, i -> i + 1)
        .map(i -> group.get(String.valueOf(i)))
        .takeWhile(t -> t != null)
        .toList();
  }

  /** The official class or function. */
  public String type() {
    return metadata("type");
  }

  /** Its arguments. */
  public JsonNode config() {
    try {
      return new ObjectMapper().readTree(metadata("config"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String metadata(String key) {
    String value = file.metadata().get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          name + " has no metadata '" + key + "', but " + file.metadata().keySet());
    }
    return value;
  }
}
