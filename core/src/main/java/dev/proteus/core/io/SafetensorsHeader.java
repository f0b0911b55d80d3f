package dev.proteus.core.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
  private static final String METADATA = "__metadata__";

  /** The format's own limit. */
  private static final int MAX_BYTES = 100_000_000;

  /** More dimensions than the engine's operators take. */
  private static final int MAX_DIMENSIONS = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_BYTES)
                  .maxNameLength(MAX_BYTES)
                  .build())
          .build();

  /**
   * One tensor.
   *
   * @param begin first byte, from the start of the data
   * @param end the byte after its last
   */
  public record Entry(DType dtype, List<Long> shape, long begin, long end) {}

  // ---- reading ----

  static SafetensorsHeader read(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      long size = in.size();
      ByteBuffer first = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      if (size < 8 || !fill(in, first)) {
        throw new SafetensorsException(
            file, "not a safetensors file: it has " + size + " bytes, the header's length takes 8");
      }
      long length = first.getLong(0);
      if (length < 0 || length > MAX_BYTES || length > size - 8) {
        throw new SafetensorsException(
            file,
            "not a whole safetensors file: its header should have "
                + Long.toUnsignedString(length)
                + " bytes, the file has "
                + size
                + " and a header at most "
                + MAX_BYTES);
      }
      byte[] header = new byte[(int) length];
      if (!fill(in, ByteBuffer.wrap(header))) {
        throw new SafetensorsException(file, "it was truncated while it was read");
      }
      return new Reading(file).read(header, size);
    }
  }

  private static boolean fill(FileChannel in, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (in.read(into) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Follows the JSON token by token, so that nesting and unknown keys are never built up. */
  private static final class Reading {
    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Reading(Path file) {
      this.file = file;
    }

    SafetensorsHeader read(byte[] header, long size) throws IOException {
      if (header.length == 0 || header[0] != '{') {
        throw new SafetensorsException(file, "its header does not begin with '{'");
      }
      // A decoder of one's own refuses malformed UTF-8; Jackson's and the default one mend it.
      Reader text =
          new InputStreamReader(
              new ByteArrayInputStream(header), StandardCharsets.UTF_8.newDecoder());
      try (JsonParser json = JSON.createParser(text)) {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String name = string(json.currentName());
          if (name.equals(METADATA)) {
            metadata(json);
          } else {
            entries.put(name, entry(json, name));
          }
        }
        if (json.nextToken() != null) {
          throw new SafetensorsException(file, "more follows its header's object");
        }
      } catch (JsonProcessingException e) {
        throw new SafetensorsException(
            file, "its header is not valid JSON: " + shown(e.getOriginalMessage()), e);
      } catch (CharacterCodingException e) {
        throw new SafetensorsException(file, "its header is not valid UTF-8", e);
      }
      long start = 8L + header.length;
      return new SafetensorsHeader(
          Collections.unmodifiableMap(inOrder(size - start)),
          Collections.unmodifiableMap(metadata),
          start,
          size - start);
    }

    private void metadata(JsonParser json) throws IOException {
      expect(json.nextToken() == JsonToken.START_OBJECT, METADATA, "must map strings to strings");
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = string(json.currentName());
        expect(
            json.nextToken() == JsonToken.VALUE_STRING,
            METADATA,
            "must map strings to strings, but '" + shown(key) + "' has another value");
        metadata.put(key, string(json.getText()));
      }
    }

    private Entry entry(JsonParser json, String name) throws IOException {
      expect(json.nextToken() == JsonToken.START_OBJECT, name, "is not an object");
      DType dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        JsonToken value = json.nextToken();
        switch (key) {
          case "dtype" -> {
            expect(value == JsonToken.VALUE_STRING, name, "its dtype is not a string");
            try {
              dtype = DType.ofSafetensors(json.getText());
            } catch (IllegalArgumentException e) {
              throw new SafetensorsException(file, about(name) + shown(e.getMessage()), e);
            }
          }
          case "shape" -> shape = numbers(json, name, "shape", MAX_DIMENSIONS);
          case "data_offsets" -> offsets = numbers(json, name, "data_offsets", 2);
          default -> expect(false, name, "has an unknown key '" + shown(key) + "'");
        }
      }
      expect(
          dtype != null && shape != null && offsets != null && offsets.size() == 2,
          name,
          "needs dtype, shape and two data_offsets");
      long begin = offsets.get(0);
      long end = offsets.get(1);
      long bytes = bytes(name, dtype, shape);
      expect(
          begin <= end && end - begin == bytes,
          name,
          dtype + " " + shape + " needs " + bytes + " bytes, its offsets are " + offsets);
      return new Entry(dtype, shape, begin, end);
    }

    /** Non-negative integers that fit in 63 bits. */
    private List<Long> numbers(JsonParser json, String name, String key, int most)
        throws IOException {
      expect(json.currentToken() == JsonToken.START_ARRAY, name, "its " + key + " is not an array");
      List<Long> list = new ArrayList<>(4);
      while (json.nextToken() != JsonToken.END_ARRAY) {
        expect(
            json.currentToken() == JsonToken.VALUE_NUMBER_INT
                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && json.getLongValue() >= 0,
            name,
            "its " + key + " has something else than integers from 0 to 2^63 - 1");
        expect(list.size() < most, name, "its " + key + " has more than " + most + " numbers");
        list.add(json.getLongValue());
      }
      return List.copyOf(list);
    }

    private long bytes(String name, DType dtype, List<Long> shape) throws IOException {
      // A zero does not excuse its neighbours: the engine computes strides from them.
      long all = dtype.bytes();
      long strides = dtype.bytes();
      try {
        for (long s : shape) {
          strides = Math.multiplyExact(strides, Math.max(s, 1));
          all *= s;
        }
      } catch (ArithmeticException e) {
        throw new SafetensorsException(file, about(name) + "shape " + shape + " is too large", e);
      }
      return all;
    }

    /** Tensors in the order of the data, of which each byte belongs to exactly one. */
    private Map<String, Entry> inOrder(long dataBytes) throws IOException {
      List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
      sorted.sort(
          Map.Entry.comparingByValue(
              Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end)));
      Map<String, Entry> ordered = new LinkedHashMap<>();
      long at = 0;
      for (Map.Entry<String, Entry> e : sorted) {
        Entry t = e.getValue();
        expect(
            t.begin() == at,
            e.getKey(),
            "begins at byte "
                + t.begin()
                + " of the data, but the tensors before it end at "
                + at
                + ": there must be no overlap and no hole");
        expect(
            t.end() <= dataBytes,
            e.getKey(),
            "ends at byte " + t.end() + " of the data, but the file has " + dataBytes);
        at = t.end();
        ordered.put(e.getKey(), t);
      }
      if (at != dataBytes) {
        throw new SafetensorsException(
            file, "the tensors take " + at + " bytes, but the file has " + dataBytes);
      }
      return ordered;
    }

    private String string(String s) throws IOException {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(s)) {
        throw new SafetensorsException(file, "'" + shown(s) + "' is not valid Unicode");
      }
      return s;
    }

    private void expect(boolean right, String name, String wrong) throws IOException {
      if (!right) {
        throw new SafetensorsException(file, about(name) + wrong);
      }
    }

    private static String about(String name) {
      return "'" + shown(name) + "': ";
    }
  }

  /** Text of a hostile file, short enough for a message. */
  private static String shown(String s) {
    return s.length() <= 200 ? s : s.substring(0, 200) + "…";
  }

  // ---- writing ----

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
