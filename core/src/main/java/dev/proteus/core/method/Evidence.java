package dev.proteus.core.method;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which tests of a method passed, on which code: the content of {@code evidence/<id>.json} beside
 * the methods. The test run writes it; see CONTRIBUTING.
 *
 * @param exact tests of identities of the paper's maths
 * @param reference tests against the official implementation's stored output
 * @param code the {@link CodeHash} of the method when they passed
 */
@JsonPropertyOrder({"id", "exact", "reference", "code"})
public record Evidence(String id, List<String> exact, List<String> reference, String code) {
  /** Where evidence lies on the class path. */
  public static final String FOLDER = "dev/proteus/methods/evidence/";

  private static final JsonFactory TOKENS = new JsonFactory();

  public Evidence {
    exact = List.copyOf(exact);
    reference = List.copyOf(reference);
  }

  /** The evidence of a method on the class path. */
  public static Optional<Evidence> of(String id) {
    String resource = FOLDER + id + ".json";
    try (InputStream in = Evidence.class.getClassLoader().getResourceAsStream(resource)) {
      return in == null ? Optional.empty() : Optional.of(read(resource, in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + resource, e);
    }
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @param name of the file, for the error's message
   */
  public static Evidence read(String name, byte[] json) {
    String id = null;
    String code = null;
    List<String> exact = new ArrayList<>();
    List<String> reference = new ArrayList<>();
    // Token by token: binding to the record costs each start of the command line 100 ms more.
    try (JsonParser parser = TOKENS.createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "id" -> id = parser.getText();
          case "code" -> code = parser.getText();
          case "exact" -> addTexts(parser, exact);
          case "reference" -> addTexts(parser, reference);
          default -> throw new IOException("unknown field " + field);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read evidence " + name, e);
    }
    if (id == null || code == null) {
      throw new IllegalStateException("Evidence " + name + " lacks its id or code");
    }
    return new Evidence(id, exact, reference, code);
  }

  private static void addTexts(JsonParser array, List<String> to) throws IOException {
    while (array.nextToken() != JsonToken.END_ARRAY) {
      to.add(array.getText());
    }
  }

  public String toJson() {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
