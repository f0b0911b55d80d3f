package dev.proteus.core.io;

import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The tensors that an ONNX file holds, and the operators that use them. Tensors whose data is
 * aligned in the file are mapped, the others copied.
 *
 * @param initializers tensors by name, in the order of the file; they outlive every scope
 * @param nodes operators of the graph, in its order
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">the format</a>
 */
public record OnnxFile(Map<String, Tensor> initializers, List<Node> nodes) {
  /**
   * One operator.
   *
   * @param name exporters put the path of the layer here
   * @param type such as {@code MatMul}
   * @param inputs names of tensors
   */
  public record Node(String name, String type, List<String> inputs) {}

  /**
   * Reads a file.
   *
   * @throws IOException naming the file and the tensor, if it is damaged, keeps data in other files
   *     or has elements of a type that is not known
   */
  public static OnnxFile read(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file);
        Scope scope = Scope.open();
        Engine.Uncounted mapped = Engine.uncounted()) {
      if (in.size() == 0 || in.size() > Integer.MAX_VALUE) {
        throw new IOException(
            file
                + ": not an ONNX file: it has "
                + in.size()
                + " bytes, and at most 2 GB are allowed");
      }
      ByteBuffer bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size());
      return new OnnxReader(file, Tensor.map(file, in.size())).model(new Protobuf(file, bytes, 0));
    }
  }
}
