package dev.proteus.core.io;

import dev.proteus.core.io.OnnxFile.Node;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the parts of an ONNX model that hold weights, from a file that anybody may have made. */
final class OnnxReader {
  /** Numbers of the fields that are read. */
  private static final int MODEL_GRAPH = 7;

  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;

  private static final int NODE_INPUT = 1;
  private static final int NODE_NAME = 3;
  private static final int NODE_TYPE = 4;

  private static final int TENSOR_DIMS = 1;
  private static final int TENSOR_TYPE = 2;
  private static final int TENSOR_SEGMENT = 3;
  private static final int TENSOR_FLOATS = 4;
  private static final int TENSOR_INT32S = 5;
  private static final int TENSOR_INT64S = 7;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_RAW = 9;
  private static final int TENSOR_DOUBLES = 10;
  private static final int TENSOR_UINT64S = 11;
  private static final int TENSOR_EXTERNAL = 13;
  private static final int TENSOR_LOCATION = 14;

  /** What is known of a tensor before all of its fields are read. */
  private static final class Parts {
    private String name = "";
    private long type;
    private final List<Long> dims = new ArrayList<>();
    private final List<ByteBuffer> fixed = new ArrayList<>();
    private final List<Protobuf> varints = new ArrayList<>();
    private long rawStart = -1;
    private long rawBytes;
    private String unknown;
  }

  private final Path file;
  private final Tensor bytes;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  OnnxReader(Path file, Tensor bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  OnnxFile model(Protobuf model) throws IOException {
    boolean found = false;
    for (int field = model.next(); field != 0; field = model.next()) {
      if (field == MODEL_GRAPH) {
        found = true;
        graph(model.message());
      } else {
        model.skip();
      }
    }
    if (!found) {
      throw new IOException(file + ": not an ONNX file: it holds no graph");
    }
    return new OnnxFile(Collections.unmodifiableMap(tensors), List.copyOf(nodes));
  }

  private void graph(Protobuf graph) throws IOException {
    for (int field = graph.next(); field != 0; field = graph.next()) {
      if (field == GRAPH_NODE) {
        nodes.add(node(graph.message()));
      } else if (field == GRAPH_INITIALIZER) {
        Parts p = parts(graph.message());
        if (tensors.put(p.name, tensor(p).retain()) != null) {
          throw wrong(p.name, "is there twice");
        }
      } else {
        graph.skip();
      }
    }
  }

  private static Node node(Protobuf node) throws IOException {
    String name = "";
    String type = "";
    List<String> inputs = new ArrayList<>();
    for (int field = node.next(); field != 0; field = node.next()) {
      switch (field) {
        case NODE_INPUT -> inputs.add(node.text());
        case NODE_NAME -> name = node.text();
        case NODE_TYPE -> type = node.text();
        default -> node.skip();
      }
    }
    return new Node(name, type, List.copyOf(inputs));
  }

  private Parts parts(Protobuf t) throws IOException {
    Parts p = new Parts();
    for (int field = t.next(); field != 0; field = t.next()) {
      switch (field) {
        case TENSOR_NAME -> p.name = t.text();
        case TENSOR_TYPE -> p.type = t.number();
        case TENSOR_DIMS -> {
          Protobuf dims = t.varints();
          while (dims.hasMore()) {
            p.dims.add(dims.varint());
            if (p.dims.size() > HeaderReader.MAX_DIMENSIONS) {
              throw wrong(p.name, "has more than " + HeaderReader.MAX_DIMENSIONS + " dimensions");
            }
          }
        }
        case TENSOR_RAW -> {
          p.rawBytes = t.bytes().remaining();
          p.rawStart = t.at() - p.rawBytes;
        }
        case TENSOR_FLOATS, TENSOR_DOUBLES -> p.fixed.add(t.numbers());
        case TENSOR_INT32S, TENSOR_INT64S, TENSOR_UINT64S -> p.varints.add(t.varints());
        case TENSOR_EXTERNAL -> {
          p.unknown = "keeps its data in another file; save the model with its weights inside";
          t.skip();
        }
        case TENSOR_LOCATION -> {
          if (t.number() != 0) {
            p.unknown = "keeps its data in another file; save the model with its weights inside";
          }
        }
        case TENSOR_SEGMENT -> {
          p.unknown = "is split in segments, which is not supported";
          t.skip();
        }
        default -> t.skip();
      }
    }
    return p;
  }

  private Tensor tensor(Parts p) throws IOException {
    if (p.unknown != null) {
      throw wrong(p.name, p.unknown);
    }
    DType type = type(p);
    long[] shape = p.dims.stream().mapToLong(Long::longValue).toArray();
    long size = type.bytes();
    for (long d : shape) {
      // A zero does not excuse its neighbours: the engine computes strides from them.
      if (d < 0 || Math.multiplyHigh(size, Math.max(d, 1)) != 0 || size * Math.max(d, 1) < 0) {
        throw wrong(p.name, "shape " + p.dims + " is not possible");
      }
      size *= Math.max(d, 1);
    }
    long want = p.dims.contains(0L) ? 0 : size;
    if (p.rawStart >= 0) {
      return mapped(p, type, shape, want);
    }
    return Tensor.ofBytes(collected(p, type, want), type, shape);
  }

  private Tensor mapped(Parts p, DType type, long[] shape, long want) throws IOException {
    check(p, type, p.rawBytes, want);
    if (want == 0) {
      return Tensor.empty(type, shape);
    }
    Tensor part = bytes.narrow(0, p.rawStart, want);
    // The engine reads aligned elements only.
    Tensor aligned = p.rawStart % type.bytes() == 0 ? part : part.copy();
    return aligned.viewAs(type).reshape(shape);
  }

  private byte[] collected(Parts p, DType type, long want) throws IOException {
    long have = 0;
    for (ByteBuffer b : p.fixed) {
      have += b.remaining();
    }
    for (Protobuf v : p.varints) {
      have += v.countVarints() * type.bytes();
    }
    check(p, type, have, want);
    boolean floats = type == DType.FLOAT32 || type == DType.FLOAT64;
    if (want > Integer.MAX_VALUE || (floats ? p.varints : p.fixed).size() > 0) {
      throw wrong(p.name, "of type " + type + " has its data in a field of another type");
    }
    ByteBuffer data = ByteBuffer.allocate((int) want);
    p.fixed.forEach(data::put);
    for (Protobuf v : p.varints) {
      while (v.hasMore()) {
        long value = v.varint();
        for (int b = 0; b < type.bytes(); b++) {
          data.put((byte) (value >>> (8 * b)));
        }
      }
    }
    return data.array();
  }

  private void check(Parts p, DType type, long have, long want) throws IOException {
    if (have != want) {
      throw wrong(
          p.name, type + " " + p.dims + " needs " + want + " bytes, but the file has " + have);
    }
  }

  private DType type(Parts p) throws IOException {
    return switch (p.type < 0 || p.type > 99 ? 0 : (int) p.type) {
      case 1 -> DType.FLOAT32;
      case 2 -> DType.UINT8;
      case 3 -> DType.INT8;
      case 4 -> DType.UINT16;
      case 5 -> DType.INT16;
      case 6 -> DType.INT32;
      case 7 -> DType.INT64;
      case 9 -> DType.BOOL;
      case 10 -> DType.FLOAT16;
      case 11 -> DType.FLOAT64;
      case 12 -> DType.UINT32;
      case 13 -> DType.UINT64;
      case 16 -> DType.BFLOAT16;
      case 17 -> DType.FLOAT8_E4M3;
      case 19 -> DType.FLOAT8_E5M2;
      default -> throw wrong(p.name, "has elements of ONNX type " + p.type + ", not supported");
    };
  }

  private IOException wrong(String tensor, String what) {
    return new IOException(file + ": '" + HeaderReader.shown(tensor) + "' " + what);
  }
}
