package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A published architecture.
 *
 * @param name what a model folder's {@code config.json} calls it, such as {@code
 *     BertForSequenceClassification} or {@code vit_tiny_patch16_224}; a {@code *} at the end stands
 *     for anything
 * @param base name of the slot that holds the network without its head, such as {@code bert}; empty
 *     for a network that is all one. A published file may hold that part alone, without the prefix
 * @param heads names of the slots of a head that stands beside the rest of the network, such as
 *     {@code fc}, and not outside a base
 * @param build a network with fresh weights from {@code config.json}
 * @param rename published tensors in the names and shapes of the network's state
 */
public record Architecture(
    String name,
    String base,
    List<String> heads,
    Function<JsonNode, Layer> build,
    UnaryOperator<Map<String, Tensor>> rename) {

  /** One without a head, whose published names are the network's own. */
  public static Architecture of(String name, Function<JsonNode, Layer> build) {
    return of(name, "", build);
  }

  /** One whose published names are the network's own. */
  public static Architecture of(String name, String base, Function<JsonNode, Layer> build) {
    return new Architecture(name, base, List.of(), build, UnaryOperator.identity());
  }

  /** The same, for files whose names differ from the network's. */
  public Architecture renaming(UnaryOperator<Map<String, Tensor>> names) {
    return new Architecture(name, base, heads, build, names);
  }

  /** The same, with a head beside the rest of the network. */
  public Architecture withHead(String... slots) {
    return new Architecture(name, base, List.of(slots), build, rename);
  }

  boolean isCalled(String wanted) {
    return name.endsWith("*")
        ? wanted.startsWith(name.substring(0, name.length() - 1))
        : wanted.equals(name);
  }
}
