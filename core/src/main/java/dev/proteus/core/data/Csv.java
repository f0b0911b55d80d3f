package dev.proteus.core.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tables as comma-separated values (RFC 4180, UTF-8) with a header line: one column of labels, all
 * others numbers. Labels that are words or whole numbers are classes; other numbers are values.
 */
public final class Csv {
  private static final CsvFactory FACTORY =
      CsvFactory.builder().enable(CsvParser.Feature.SKIP_EMPTY_LINES).build();

  private Csv() {}

  /**
   * Reads a table.
   *
   * @param label name of the column with labels; null if there is none
   * @return input float32 [N, columns without the label]
   * @throws IOException naming file, line and column
   */
  public static TensorDataset read(Path file, String label) throws IOException {
    return read(file, label, null);
  }

  /**
   * Like {@link #read(Path, String)}, with the classes of other data: a test set after its training
   * set.
   */
  public static TensorDataset read(Path file, String label, List<String> classNames)
      throws IOException {
    try (InputStream in = Files.newInputStream(file);
        CsvParser parser = FACTORY.createParser(in)) {
      return new Table(file.toString(), parser, label).read(classNames);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ":" + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Reads a table of texts.
   *
   * @param classNames the classes, where they are known from other data; null to find them
   * @throws IOException naming file, line and column
   */
  public static Texts texts(Path file, Texts.Columns columns, List<String> classNames)
      throws IOException {
    try (InputStream in = Files.newInputStream(file);
        CsvParser parser = FACTORY.createParser(in)) {
      return new Table(file.toString(), parser, columns.label()).texts(file, columns, classNames);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + ":" + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Names of the columns. */
  public static List<String> columns(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        CsvParser parser = FACTORY.createParser(in)) {
      return new Table(file.toString(), parser, null).columns;
    }
  }

  /** A table while it is read. */
  private static final class Table {
    private final String file;
    private final CsvParser parser;
    private List<String> columns;
    private final int labelColumn;
    private final int width;
    private final List<Labels.At> labels = new ArrayList<>();
    private float[] numbers = new float[1024];
    private int count;
    private long line;

    Table(String file, CsvParser parser, String label) throws IOException {
      this.file = file;
      this.parser = parser;
      columns = row();
      if (columns == null) {
        throw new IOException(file + ": empty; expected a header line");
      }
      columns.replaceAll(String::strip);
      labelColumn = label == null ? -1 : column(label);
      width = columns.size() - (label == null ? 0 : 1);
    }

    private int column(String name) throws IOException {
      if (!columns.contains(name)) {
        throw new IOException(
            file
                + ": no column '"
                + name
                + "' in the header "
                + columns
                + (columns.size() == 1 ? "; is the separator a comma?" : ""));
      }
      return columns.indexOf(name);
    }

    /** The next row's cells, as many as the header has, or null at the end. */
    private List<String> row() throws IOException {
      if (parser.nextToken() == null) {
        return null;
      }
      List<String> cells = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (cells.isEmpty()) {
          line = parser.currentTokenLocation().getLineNr();
        }
        cells.add(parser.getText());
      }
      if (columns != null && cells.size() != columns.size()) {
        throw new IOException(
            "%s:%d: %d cells, but the header has %d"
                .formatted(file, line, cells.size(), columns.size()));
      }
      return cells;
    }

    Texts texts(Path path, Texts.Columns wanted, List<String> classNames) throws IOException {
      int text = column(wanted.text());
      int pair = wanted.pair() == null ? -1 : column(wanted.pair());
      List<String> texts = new ArrayList<>();
      List<String> pairs = pair < 0 ? null : new ArrayList<>();
      for (List<String> row = row(); row != null; row = row()) {
        texts.add(row.get(text));
        if (pairs != null) {
          pairs.add(row.get(pair));
        }
        if (labelColumn >= 0) {
          labels.add(new Labels.At(row.get(labelColumn).strip(), line));
        }
      }
      return Labels.texts(texts, pairs, labelColumn < 0 ? null : labels, classNames, path);
    }

    TensorDataset read(List<String> classNames) throws IOException {
      int rows = 0;
      for (List<String> row = row(); row != null; row = row()) {
        for (int c = 0; c < row.size(); c++) {
          if (c == labelColumn) {
            labels.add(new Labels.At(row.get(c).strip(), line));
          } else {
            add(number(row.get(c).strip(), columns.get(c)));
          }
        }
        rows++;
      }
      try (Scope s = Scope.open()) {
        Tensor input = Tensor.of(Arrays.copyOf(numbers, count), rows, width);
        if (labelColumn < 0) {
          return new TensorDataset(input, null, 0);
        }
        Labels l = Labels.of(labels, classNames, file);
        return new TensorDataset(input, l.target(), l.classNames());
      }
    }

    private void add(float v) {
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = v;
    }

    private float number(String cell, String column) throws IOException {
      try {
        float v = Float.parseFloat(cell);
        if (Float.isFinite(v)) {
          return v;
        }
      } catch (NumberFormatException e) {
        // Said below, as for numbers that are not finite.
      }
      throw new IOException(
          file + ":" + line + ": column '" + column + "': '" + cell + "' is not a finite number");
    }
  }
}
