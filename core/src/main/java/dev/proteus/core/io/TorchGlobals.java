package dev.proteus.core.io;

import dev.proteus.core.io.Pickle.Global;
import dev.proteus.core.io.Pickle.Tuple;
import dev.proteus.core.tensor.DType;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the pickle in a file of {@code torch.save} calls to describe tensors. */
final class TorchGlobals implements Pickle.Globals {
  private static final String DICTIONARY = "collections.OrderedDict";
  private static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  private static final String TENSOR_OF_TYPE = "torch._utils._rebuild_tensor_v3";
  private static final String PARAMETER = "torch._utils._rebuild_parameter";
  private static final String UNTYPED = "torch.storage.UntypedStorage";

  private static final Map<String, DType> STORAGES =
      Map.ofEntries(
          Map.entry("torch.DoubleStorage", DType.FLOAT64),
          Map.entry("torch.FloatStorage", DType.FLOAT32),
          Map.entry("torch.HalfStorage", DType.FLOAT16),
          Map.entry("torch.BFloat16Storage", DType.BFLOAT16),
          Map.entry("torch.LongStorage", DType.INT64),
          Map.entry("torch.IntStorage", DType.INT32),
          Map.entry("torch.ShortStorage", DType.INT16),
          Map.entry("torch.CharStorage", DType.INT8),
          Map.entry("torch.ByteStorage", DType.UINT8),
          Map.entry("torch.BoolStorage", DType.BOOL));

  /** Types that have no storage class of their own. */
  private static final Map<String, DType> TYPES =
      Map.of(
          "torch.uint16", DType.UINT16,
          "torch.uint32", DType.UINT32,
          "torch.uint64", DType.UINT64,
          "torch.float8_e4m3fn", DType.FLOAT8_E4M3,
          "torch.float8_e5m2", DType.FLOAT8_E5M2);

  /**
   * The memory that tensors are parts of.
   *
   * @param key its entry in the file
   * @param type null if the tensor says
   */
  record Storage(String key, DType type, long bytes) {}

  /** A tensor; offset and strides in elements. */
  record View(Storage storage, DType type, long offset, List<Long> size, List<Long> stride) {
    /** The last element of the storage that it uses; -1 if none. */
    long last() {
      long last = offset;
      for (int i = 0; i < size.size(); i++) {
        if (size.get(i) == 0) {
          return -1;
        }
        last = Math.addExact(last, Math.multiplyExact(size.get(i) - 1, stride.get(i)));
      }
      return last;
    }
  }

  @Override
  public boolean knows(String global) {
    return STORAGES.containsKey(global)
        || TYPES.containsKey(global)
        || List.of(DICTIONARY, TENSOR, TENSOR_OF_TYPE, PARAMETER, UNTYPED).contains(global);
  }

  @Override
  public Object call(String global, List<Object> args) throws IOException {
    return switch (global) {
      case DICTIONARY -> {
        if (!args.isEmpty()) {
          throw new IOException("an OrderedDict with arguments");
        }
        yield new LinkedHashMap<>();
      }
      case TENSOR -> view(args, ((Storage) args.get(0)).type());
      case TENSOR_OF_TYPE -> view(args, TYPES.get(((Global) args.get(6)).name()));
      case PARAMETER -> (View) args.get(0);
      default -> throw new IOException("it calls " + global + ", which is not a function");
    };
  }

  private static View view(List<Object> args, DType type) throws IOException {
    List<Long> size = longs(args.get(2));
    List<Long> stride = longs(args.get(3));
    long offset = (Long) args.get(1);
    if (type == null || size.size() != stride.size() || size.size() > HeaderReader.MAX_DIMENSIONS) {
      throw new IOException(
          "a tensor without a type, or of shape " + size + " and strides " + stride);
    }
    View v = new View((Storage) args.get(0), type, offset, size, stride);
    try {
      long bytes = type.bytes();
      for (int i = 0; i < size.size(); i++) {
        // A zero does not excuse its neighbours: the engine computes strides from them.
        bytes = Math.multiplyExact(bytes, Math.max(1, size.get(i)));
        if (size.get(i) < 0 || stride.get(i) < 0 || offset < 0) {
          throw new ArithmeticException();
        }
      }
      v.last();
    } catch (ArithmeticException e) {
      throw new IOException(
          "a tensor of shape " + size + " with strides " + stride + " from " + offset + " on", e);
    }
    return v;
  }

  @Override
  public Object persistent(List<Object> id) throws IOException {
    String kind = ((Global) id.get(1)).name();
    DType type = STORAGES.get(kind);
    long elements = (Long) id.get(4);
    if (!"storage".equals(id.get(0)) || (type == null && !kind.equals(UNTYPED)) || elements < 0) {
      throw new IOException("an object of kind " + kind + " with " + elements + " elements");
    }
    try {
      return new Storage(
          (String) id.get(2), type, Math.multiplyExact(elements, type == null ? 1 : type.bytes()));
    } catch (ArithmeticException e) {
      throw new IOException("a storage of " + elements + " elements", e);
    }
  }

  private static List<Long> longs(Object tuple) {
    return ((Tuple) tuple).values().stream().map(Long.class::cast).toList();
  }
}
