package dev.proteus.core.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a safetensors file says of itself, without its data.
 *
 * <pre>  8 bytes N, little-endian | N bytes JSON, padded with spaces | data  </pre>
 *
 * <p>The JSON maps each name to its dtype, shape and data_offsets [begin, end) within the data;
 * {@code __metadata__} maps strings to strings. The tensors lie one after the other and cover all
 * of the data. Files come from anywhere: all of it is checked before a byte is mapped.
 *
 * @param tensors by name, in the order of the data
 * @param metadata strings about the file; empty if it has none
 * @param dataStart where the data begins, in bytes from the start of the file
 * @param dataBytes length of the data
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public record SafetensorsHeader(
    Map<String, Entry> tensors, Map<String, String> metadata, long dataStart, long dataBytes) {
  static final String METADATA = "__metadata__";

  /** The format's own limit. */
  static final int MAX_BYTES = 100_000_000;

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * One tensor.
   *
   * @param begin first byte, from the start of the data
   * @param end the byte after its last
   */
  public record Entry(DType dtype, List<Long> shape, long begin, long end) {}

  /** Lays tensors out one after the other; larger elements first keeps every one aligned. */
  static SafetensorsHeader layOut(Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, Tensor>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(Comparator.comparingInt(e -> -e.getValue().dtype().bytes()));
    Map<String, Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, Tensor> e : sorted) {
      Tensor t = e.getValue();
      List<Long> shape = Arrays.stream(t.shape()).boxed().toList();
      entries.put(e.getKey(), new Entry(t.dtype(), shape, at, at + t.nbytes()));
      at += t.nbytes();
    }
    return new SafetensorsHeader(entries, metadata, -1, at);
  }

  /** The header's length and the header, padded so that the data begins at a multiple of 8. */
  ByteBuffer encode() throws IOException {
    if (tensors.containsKey(METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> e : metadata.entrySet()) {
          json.writeStringField(e.getKey(), e.getValue());
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Entry> e : tensors.entrySet()) {
        Entry t = e.getValue();
        json.writeObjectFieldStart(e.getKey());
        json.writeStringField("dtype", t.dtype().safetensorsName());
        json.writeFieldName("shape");
        json.writeArray(
            t.shape().stream().mapToLong(Long::longValue).toArray(), 0, t.shape().size());
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {t.begin(), t.end()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.getBuffer()));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a tensor name or metadata is not valid Unicode", e);
    }
    int padded = (utf8.remaining() + 7) / 8 * 8;
    if (padded > MAX_BYTES) {
      throw new IllegalArgumentException(
          "names and metadata take " + padded + " bytes, the format allows " + MAX_BYTES);
    }
    ByteBuffer out = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(padded).put(utf8);
    while (out.hasRemaining()) {
      out.put((byte) ' ');
    }
    return out.flip();
  }
}
