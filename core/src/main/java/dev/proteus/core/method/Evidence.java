package dev.proteus.core.method;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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

  private static final ObjectMapper JSON = new ObjectMapper();

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
    try {
      return JSON.readValue(json, Evidence.class);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read evidence " + name, e);
    }
  }

  public String toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
