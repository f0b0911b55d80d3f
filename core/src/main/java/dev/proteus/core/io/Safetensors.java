package dev.proteus.core.io;

import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tensors by name in a file, in the format of Hugging Face's safetensors.
 *
 * <pre>{@code
 * Safetensors file = Safetensors.read(path);
 * net.load(file.tensors());
 * Safetensors.write(path, net.state(), Map.of("format", "pt"));
 * }</pre>
 *
 * <p>A file is mapped, not read: its pages come in as they are used, and changes to the tensors
 * stay private. Every value comes back bit for bit.
 */
public final class Safetensors {
  /** So much is handed to the file at once: a buffer is limited to 2 GB. */
  private static final int CHUNK = 16 << 20;

  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  private Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = metadata;
  }

  /** The tensors in the order of the file; they outlive every scope. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /** Strings about the file; empty if it has none. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * Names, types and shapes, without the data and without the engine.
   *
   * @throws SafetensorsException if the file breaks the format
   */
  public static SafetensorsHeader header(Path file) throws IOException {
    return HeaderReader.read(file);
  }

  /**
   * Maps a file. It must not be truncated while its tensors live; {@link #write} never does.
   *
   * @throws SafetensorsException if the file breaks the format
   */
  public static Safetensors read(Path file) throws IOException {
    SafetensorsHeader header = header(file);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Scope scope = Scope.open();
        Engine.Uncounted mapped = Engine.uncounted()) {
      Tensor bytes =
          header.dataBytes() == 0
              ? null
              : Tensor.map(file, header.dataStart() + header.dataBytes());
      header
          .tensors()
          .forEach((name, e) -> tensors.put(name, tensor(bytes, header.dataStart(), e).retain()));
    }
    return new Safetensors(tensors, header.metadata());
  }

  private static Tensor tensor(Tensor bytes, long dataStart, SafetensorsHeader.Entry e) {
    long[] shape = e.shape().stream().mapToLong(Long::longValue).toArray();
    if (e.begin() == e.end()) {
      return Tensor.empty(e.dtype(), shape);
    }
    long offset = dataStart + e.begin();
    Tensor part = bytes.narrow(0, offset, e.end() - e.begin());
    // Other writers need not align; the engine reads aligned elements only.
    Tensor aligned = offset % e.dtype().bytes() == 0 ? part : part.copy();
    return aligned.viewAs(e.dtype()).reshape(shape);
  }

  /**
   * Writes a file, whole or not at all. Tensors may lie on any device, strided or sharing memory:
   * each is written by value, in its row-major order.
   *
   * @throws IllegalArgumentException for a tensor named {@code __metadata__}
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    SafetensorsHeader header = SafetensorsHeader.layOut(tensors, metadata);
    ByteBuffer encoded = header.encode();
    AtomicFile.write(
        file,
        out -> {
          AtomicFile.writeAll(out, encoded);
          for (String name : header.tensors().keySet()) {
            append(out, tensors.get(name));
          }
          if (out.position() != encoded.limit() + header.dataBytes()) {
            throw new IOException(
                file + ": wrote " + out.position() + " bytes, not what its header says");
          }
        });
  }

  private static void append(FileChannel out, Tensor t) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor plain = t.detach().to(Device.CPU).contiguous();
      long bytes = plain.nbytes();
      for (long at = 0; at < bytes; at += CHUNK) {
        AtomicFile.writeAll(out, plain.buffer(at, (int) Math.min(CHUNK, bytes - at)));
      }
    }
  }
}
