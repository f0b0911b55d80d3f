package dev.proteus.models;

import dev.proteus.core.io.OnnxFile;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names that a network's tensors had before it was exported to ONNX. Most keep theirs. Of a
 * linear layer without bias in one operator, the weight is stored transposed, [in, out], under a
 * number, and only the operator is named by the layer: {@code /encoder/layer.0/query/MatMul}.
 */
final class OnnxNames {
  private static final String OPERATOR = "MatMul";

  private OnnxNames() {}

  /** The tensors by the names, and in the shapes, that they have in a state dict. */
  static Map<String, Tensor> published(OnnxFile file) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    file.initializers()
        .forEach(
            (name, t) -> {
              if (!isNumber(name)) {
                state.put(name, t);
              }
            });
    for (OnnxFile.Node node : file.nodes()) {
      String name = node.inputs().size() == 2 ? node.inputs().get(1) : "";
      if (node.type().equals(OPERATOR) && isNumber(name) && file.initializers().containsKey(name)) {
        state.put(layer(node.name()) + ".weight", file.initializers().get(name).t());
      }
    }
    return state;
  }

  private static boolean isNumber(String name) {
    return name.matches("(onnx::\\w+_)?\\d+");
  }

  private static String layer(String node) {
    return node.replaceFirst("^/", "").replaceFirst("/" + OPERATOR + "$", "").replace('/', '.');
  }
}
