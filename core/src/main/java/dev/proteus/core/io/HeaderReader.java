package dev.proteus.core.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.proteus.core.io.SafetensorsHeader.Entry;
import dev.proteus.core.tensor.DType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and checks the header of a safetensors file that anybody may have made. It follows the JSON
 * token by token, so that nesting and unknown keys are never built up.
 */
final class HeaderReader {
  /** More dimensions than the engine's operators take. */
  static final int MAX_DIMENSIONS = 64;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(SafetensorsHeader.MAX_BYTES)
                  .maxNameLength(SafetensorsHeader.MAX_BYTES)
                  .build())
          .build();

  private final Path file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private HeaderReader(Path file) {
    this.file = file;
  }

  static SafetensorsHeader read(Path file) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      long size = in.size();
      ByteBuffer first = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      if (size < 8 || !fill(in, first)) {
        throw new SafetensorsException(
            file, "not a safetensors file: it has " + size + " bytes, the header's length takes 8");
      }
      long length = first.getLong(0);
      if (length < 0 || length > SafetensorsHeader.MAX_BYTES || length > size - 8) {
        throw new SafetensorsException(
            file,
            "not a whole safetensors file: its header should have "
                + Long.toUnsignedString(length)
                + " bytes, the file has "
                + size
                + " and a header at most "
                + SafetensorsHeader.MAX_BYTES);
      }
      byte[] header = new byte[(int) length];
      if (!fill(in, ByteBuffer.wrap(header))) {
        throw new SafetensorsException(file, "it was truncated while it was read");
      }
      return new HeaderReader(file).read(header, size);
    }
  }

  private SafetensorsHeader read(byte[] header, long size) throws IOException {
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
        if (name.equals(SafetensorsHeader.METADATA)) {
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
    expect(
        json.nextToken() == JsonToken.START_OBJECT,
        SafetensorsHeader.METADATA,
        "must map strings to strings");
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = string(json.currentName());
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw wrong(
            SafetensorsHeader.METADATA,
            "must map strings to strings, but '" + shown(key) + "' has another value");
      }
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
        default -> throw wrong(name, "has an unknown key '" + shown(key) + "'");
      }
    }
    expect(
        dtype != null && shape != null && offsets != null && offsets.size() == 2,
        name,
        "needs dtype, shape and two data_offsets");
    long begin = offsets.get(0);
    long end = offsets.get(1);
    long bytes = bytes(name, dtype, shape);
    if (begin > end || end - begin != bytes) {
      throw wrong(
          name, dtype + " " + shape + " needs " + bytes + " bytes, its offsets are " + offsets);
    }
    return new Entry(dtype, shape, begin, end);
  }

  /** Non-negative integers that fit in 63 bits. */
  private List<Long> numbers(JsonParser json, String name, String key, int most)
      throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(name, "its " + key + " is not an array");
    }
    List<Long> list = new ArrayList<>(4);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() < 0) {
        throw wrong(name, "its " + key + " has something else than integers from 0 to 2^63 - 1");
      }
      if (list.size() == most) {
        throw wrong(name, "its " + key + " has more than " + most + " numbers");
      }
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
      if (t.begin() != at) {
        throw wrong(
            e.getKey(),
            "begins at byte "
                + t.begin()
                + " of the data, but the tensors before it end at "
                + at
                + ": there must be no overlap and no hole");
      }
      if (t.end() > dataBytes) {
        throw wrong(
            e.getKey(), "ends at byte " + t.end() + " of the data, but the file has " + dataBytes);
      }
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

  /** For messages that are ready; one that is put together costs time, and belongs into an if. */
  private void expect(boolean right, String name, String wrong) throws IOException {
    if (!right) {
      throw wrong(name, wrong);
    }
  }

  private SafetensorsException wrong(String name, String what) {
    return new SafetensorsException(file, about(name) + what);
  }

  private static String about(String name) {
    return "'" + shown(name) + "': ";
  }

  private static boolean fill(FileChannel in, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (in.read(into) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Text of a hostile file, short enough for a message and on one line. */
  static String shown(String s) {
    String start = s.length() <= 200 ? s : s.substring(0, 200) + "…";
    return start.replaceAll("\\p{Cntrl}", "?");
  }
}
