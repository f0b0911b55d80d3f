package dev.proteus.core.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Files with one JSON object a line. A sample's input is one field, its label another. Labels that
 * are words, booleans or whole numbers are classes; other numbers are values.
 */
public final class JsonLines {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonLines() {}

  /**
   * Samples whose input is a number or an array of numbers, nested as deep as it likes, of the same
   * shape in every line.
   *
   * @param label field with labels; null if there is none
   * @param classNames the classes, where they are known from other data; null to find them
   * @return input float32 [N, ..]
   * @throws IOException naming file, line and field
   */
  public static TensorDataset read(Path file, String input, String label, List<String> classNames)
      throws IOException {
    Numbers numbers = new Numbers();
    List<Labels.At> labels = new ArrayList<>();
    int n = 0;
    try (Lines lines = new Lines(file)) {
      for (JsonNode o = lines.next(); o != null; o = lines.next()) {
        numbers.addSample(lines.field(o, input), input, lines);
        if (label != null) {
          labels.add(lines.label(o, label));
        }
        n++;
      }
    }
    try (Scope s = Scope.open()) {
      Tensor x = numbers.tensor(n);
      if (label == null) {
        return new TensorDataset(x, null, 0);
      }
      Labels l = Labels.of(labels, classNames, file.toString());
      return new TensorDataset(x, l.target(), l.classNames());
    }
  }

  /**
   * Samples whose input is a string, or two.
   *
   * @param columns the fields
   * @param classNames the classes, where they are known from other data; null to find them
   * @throws IOException naming file, line and field
   */
  public static Texts texts(Path file, Texts.Columns columns, List<String> classNames)
      throws IOException {
    List<String> texts = new ArrayList<>();
    List<String> pairs = columns.pair() == null ? null : new ArrayList<>();
    List<Labels.At> labels = new ArrayList<>();
    try (Lines lines = new Lines(file)) {
      for (JsonNode o = lines.next(); o != null; o = lines.next()) {
        texts.add(lines.text(o, columns.text()));
        if (pairs != null) {
          pairs.add(lines.text(o, columns.pair()));
        }
        if (columns.label() != null) {
          labels.add(lines.label(o, columns.label()));
        }
      }
    }
    return Labels.texts(texts, pairs, columns.label() == null ? null : labels, classNames, file);
  }

  /** Names of the fields in the first line. */
  public static List<String> fields(Path file) throws IOException {
    try (Lines lines = new Lines(file)) {
      JsonNode first = lines.next();
      List<String> names = new ArrayList<>();
      if (first != null) {
        first.fieldNames().forEachRemaining(names::add);
      }
      return names;
    }
  }

  /** The objects of a file, with the line they stand in. */
  private static final class Lines implements AutoCloseable {
    private final Path file;
    private final BufferedReader reader;
    private long line;

    Lines(Path file) throws IOException {
      this.file = file;
      this.reader = Files.newBufferedReader(file);
    }

    /** The next object, or null at the end. */
    JsonNode next() throws IOException {
      String text;
      do {
        line++;
        try {
          text = reader.readLine();
        } catch (CharacterCodingException e) {
          throw new IOException(file + ": near line " + line + ": not UTF-8", e);
        }
        if (text == null) {
          return null;
        }
      } while (text.isBlank());
      JsonNode node;
      try {
        node = MAPPER.readTree(text);
      } catch (JsonProcessingException e) {
        throw new IOException(error(e.getOriginalMessage()).getMessage(), e);
      }
      if (!node.isObject()) {
        throw error("expected a JSON object, but this is " + node.getNodeType());
      }
      return node;
    }

    JsonNode field(JsonNode object, String name) throws IOException {
      JsonNode v = object.get(name);
      if (v == null) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        throw error("no field '" + name + "' in " + names);
      }
      return v;
    }

    String text(JsonNode object, String name) throws IOException {
      JsonNode t = field(object, name);
      if (!t.isTextual()) {
        throw error("field '" + name + "' is not a string but " + t.getNodeType());
      }
      return t.textValue();
    }

    Labels.At label(JsonNode object, String name) throws IOException {
      JsonNode v = field(object, name);
      if (!v.isValueNode() || v.isNull()) {
        throw error("field '" + name + "' is not a label but " + v.getNodeType());
      }
      return new Labels.At(v.asText(), line);
    }

    IOException error(String what) {
      return new IOException(file + ":" + line + ": " + what);
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }

  /** Samples of one shape, one after the other. */
  private static final class Numbers {
    private float[] values = new float[1024];
    private int count;
    private long[] shape;

    void addSample(JsonNode v, String field, Lines at) throws IOException {
      if (shape == null) {
        shape = shape(v);
      }
      add(v, 0, field, at);
    }

    private static long[] shape(JsonNode v) {
      List<Long> sizes = new ArrayList<>();
      for (JsonNode n = v; n != null && n.isArray(); n = n.get(0)) {
        sizes.add((long) n.size());
      }
      return sizes.stream().mapToLong(Long::longValue).toArray();
    }

    private void add(JsonNode v, int depth, String field, Lines at) throws IOException {
      if (depth < shape.length) {
        if (v.size() != shape[depth] || !v.isArray()) {
          throw at.error(
              "field '" + field + "' is not of the first line's shape " + Arrays.toString(shape));
        }
        for (JsonNode e : v) {
          add(e, depth + 1, field, at);
        }
      } else if (v.isNumber() && Float.isFinite(v.floatValue())) {
        if (count == values.length) {
          values = Arrays.copyOf(values, 2 * count);
        }
        values[count++] = v.floatValue();
      } else {
        throw at.error("field '" + field + "': expected a finite number, but there is " + v);
      }
    }

    Tensor tensor(int n) {
      long[] all = new long[shape == null ? 1 : shape.length + 1];
      all[0] = n;
      if (shape != null) {
        System.arraycopy(shape, 0, all, 1, shape.length);
      }
      return Tensor.of(Arrays.copyOf(values, count), all);
    }
  }
}
