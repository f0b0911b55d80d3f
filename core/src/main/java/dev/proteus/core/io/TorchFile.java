package dev.proteus.core.io;

import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tensors by name in a file of {@code torch.save}, mapped and not read. Such a file is a ZIP of
 * storages and a pickle that says which tensor is which part of which storage. Nothing in it is
 * run: see {@link Pickle}.
 *
 * <p>Tensors that shared memory when they were saved share it here. Of a training state, {@code
 * {"state_dict": {..}, "epoch": ..}}, the tensors of the {@code state_dict} are taken.
 */
public final class TorchFile {
  private static final String PICKLE = "/data.pkl";
  private static final int ZIP = 0x504b0304;

  private final Path file;
  private final ZipDirectory zip;
  private final String root;
  private final Tensor bytes;
  private final Map<TorchGlobals.Storage, Tensor> storages = new LinkedHashMap<>();

  private TorchFile(Path file, FileChannel in) throws IOException {
    this.file = file;
    zip = new ZipDirectory(file, in);
    root = root();
    bytes = Tensor.map(file, in.size());
  }

  /**
   * Maps a file. It must not be truncated while its tensors live.
   *
   * @throws IOException naming the file and the tensor, if it is damaged, holds something else than
   *     tensors, or was written before torch 1.6
   */
  public static Map<String, Tensor> read(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file);
        Scope scope = Scope.open();
        Engine.Uncounted mapped = Engine.uncounted()) {
      ByteBuffer first = ByteBuffer.allocate(Integer.BYTES);
      if (in.read(first, 0) < Integer.BYTES || first.getInt(0) != ZIP) {
        throw new IOException(
            file
                + ": not a file of torch.save since version 1.6; convert it in Python:"
                + " safetensors.torch.save_file(torch.load(file, weights_only=True),"
                + " \"model.safetensors\")");
      }
      return new TorchFile(file, in).tensors();
    }
  }

  private String root() throws IOException {
    for (String name : zip.names()) {
      if (name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length()) {
        return name.substring(0, name.length() - PICKLE.length());
      }
    }
    throw new IOException(file + ": not a file of torch.save: it has no data.pkl");
  }

  private Map<String, Tensor> tensors() throws IOException {
    ZipDirectory.Range order = zip.find(root + "/byteorder");
    if (order != null
        && !StandardCharsets.US_ASCII.decode(zip.content(order)).toString().equals("little")) {
      throw new IOException(file + ": written by a big-endian machine, which is not supported");
    }
    Object all = Pickle.read(file, zip.content(zip.find(root + PICKLE)), new TorchGlobals());
    if (all instanceof Map<?, ?> outer && outer.get("state_dict") instanceof Map<?, ?> inner) {
      all = inner;
    }
    if (!(all instanceof Map<?, ?> state)) {
      throw new IOException(file + ": expected a dictionary of tensors, it holds " + kind(all));
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<?, ?> e : state.entrySet()) {
      String name = HeaderReader.shown(String.valueOf(e.getKey()));
      if (!(e.getKey() instanceof String key)
          || !(e.getValue() instanceof TorchGlobals.View view)) {
        throw new IOException(
            file + ": '" + name + "' is " + kind(e.getValue()) + ", expected tensors by name only");
      }
      try {
        tensors.put(key, tensor(view).retain());
      } catch (IllegalArgumentException | IOException x) {
        throw new IOException(file + ": '" + name + "': " + x.getMessage(), x);
      }
    }
    return Collections.unmodifiableMap(tensors);
  }

  private Tensor tensor(TorchGlobals.View v) throws IOException {
    long elements = v.storage().bytes() / v.type().bytes();
    if (v.last() >= elements) {
      throw new IllegalArgumentException(
          "shape %s with strides %s from element %d on does not fit in a storage of %d"
              .formatted(v.size(), v.stride(), v.offset(), elements));
    }
    long[] shape = v.size().stream().mapToLong(Long::longValue).toArray();
    if (v.size().contains(0L)) {
      return Tensor.empty(v.type(), shape);
    }
    Tensor storage = storages.get(v.storage());
    if (storage == null) {
      storage = storage(v.storage());
      storages.put(v.storage(), storage);
    }
    long each = v.type().bytes();
    return storage
        .narrow(0, v.offset() * each, (v.last() + 1 - v.offset()) * each)
        .viewAs(v.type())
        .asStrided(shape, v.stride().stream().mapToLong(Long::longValue).toArray());
  }

  /** The bytes of a storage, aligned for every type. */
  private Tensor storage(TorchGlobals.Storage s) throws IOException {
    ZipDirectory.Range range = zip.find(root + "/data/" + s.key());
    if (range == null) {
      throw new IOException("its storage '" + HeaderReader.shown(s.key()) + "' is not in the file");
    }
    if (range.bytes() != s.bytes()) {
      throw new IOException(
          "its storage should have " + s.bytes() + " bytes, the file has " + range.bytes());
    }
    Tensor part = bytes.narrow(0, range.start(), range.bytes());
    // The engine reads aligned elements only; torch.save aligns all.
    return range.start() % Long.BYTES == 0 ? part : part.copy();
  }

  /** What a value is in Python. */
  private static String kind(Object o) {
    if (o == null) {
      return "None";
    } else if (o instanceof Map) {
      return "a dict";
    } else if (o instanceof List) {
      return "a list";
    } else if (o instanceof TorchGlobals.View) {
      return "a tensor";
    }
    return "a " + o.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }
}
