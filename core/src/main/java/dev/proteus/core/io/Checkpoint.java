package dev.proteus.core.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a run needs to go on as if it had never stopped: groups of tensors, and what fits in
 * JSON.
 *
 * <pre>{@code
 * Checkpoint c = new Checkpoint()
 *     .put("model", net.state())
 *     .put("learner", learner.snapshot())
 *     .put("random", Map.of("run", generator.state()));
 * c.meta().put("step", step).put("epoch", epoch);
 * c.save(path);
 *
 * Checkpoint c = Checkpoint.load(path);
 * net.load(c.get("model"));
 * learner.restore(c.get("learner"));
 * generator.restore(c.get("random").get("run"));
 * }</pre>
 *
 * <p>It is one safetensors file, where tensor {@code t} of group {@code model} is {@code model/t};
 * so the checkpoint before it survives a crash at any moment. Numbers in the JSON come back exact,
 * NaN and infinities too.
 */
public final class Checkpoint {
  private static final String FORMAT = "proteus.checkpoint";
  private static final String VERSION = "1";
  private static final String GROUPS = "proteus.groups";
  private static final String META = "proteus.meta";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .build();

  private final Map<String, Map<String, Tensor>> groups = new LinkedHashMap<>();
  private final ObjectNode meta;

  public Checkpoint() {
    this(JSON.createObjectNode());
  }

  private Checkpoint(ObjectNode meta) {
    this.meta = meta;
  }

  /** Step, epoch, position, settings, history: whatever fits in JSON; to be filled and read. */
  public ObjectNode meta() {
    return meta;
  }

  /**
   * Adds a group of tensors, which may be empty. They are not copied: save before they change.
   *
   * @throws IllegalArgumentException if the group is there, or has a slash in its name
   */
  public Checkpoint put(String group, Map<String, Tensor> tensors) {
    if (group.isEmpty() || group.contains("/")) {
      throw new IllegalArgumentException("a group's name is not empty and has no slash: " + group);
    }
    if (groups.putIfAbsent(group, tensors) != null) {
      throw new IllegalArgumentException("the checkpoint has a group '" + group + "' already");
    }
    return this;
  }

  /**
   * The tensors of a group, which outlive every scope once loaded.
   *
   * @throws IllegalArgumentException naming the groups that there are, if it has no such group
   */
  public Map<String, Tensor> get(String group) {
    Map<String, Tensor> tensors = groups.get(group);
    if (tensors == null) {
      throw new IllegalArgumentException(
          "the checkpoint has no group '" + group + "'; it has " + groups.keySet());
    }
    return Collections.unmodifiableMap(tensors);
  }

  /** Writes the file, whole or not at all. */
  public void save(Path file) throws IOException {
    Map<String, Tensor> all = new LinkedHashMap<>();
    groups.forEach((group, ts) -> ts.forEach((name, t) -> all.put(group + "/" + name, t)));
    Safetensors.write(
        file,
        all,
        Map.of(
            FORMAT, VERSION,
            GROUPS, JSON.writeValueAsString(groups.keySet()),
            META, JSON.writeValueAsString(meta)));
  }

  /**
   * Maps a file that {@link #save} wrote.
   *
   * @throws IOException if there is none, it is damaged, or it is not a checkpoint
   */
  public static Checkpoint load(Path file) throws IOException {
    Safetensors stored = Safetensors.read(file);
    Map<String, String> about = stored.metadata();
    if (!VERSION.equals(about.get(FORMAT))) {
      throw new SafetensorsException(
          file,
          about.containsKey(FORMAT)
              ? "a checkpoint of version " + about.get(FORMAT) + ", this program reads " + VERSION
              : "holds tensors, but is not a checkpoint; read it with Safetensors.read");
    }
    try {
      Checkpoint c = new Checkpoint((ObjectNode) JSON.readTree(about.getOrDefault(META, "{}")));
      for (String group :
          JSON.readValue(about.getOrDefault(GROUPS, "[]"), new TypeReference<List<String>>() {})) {
        c.put(group, new LinkedHashMap<>());
      }
      for (Map.Entry<String, Tensor> e : stored.tensors().entrySet()) {
        String[] path = e.getKey().split("/", 2);
        c.groups.get(path[0]).put(path[1], e.getValue());
      }
      return c;
    } catch (JsonProcessingException | RuntimeException e) {
      throw new SafetensorsException(file, "a damaged checkpoint: " + e.getMessage(), e);
    }
  }
}
