package dev.proteus.core.method;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fingerprint of a method's source: SHA-256 over all files with its {@link Paper}, in order of
 * their paths, without comments and white space (outside literals), so that only a change of the
 * code makes evidence and results stale.
 */
public final class CodeHash {
  private static final List<String> SOURCES =
      List.of("core/src/main/java", "models/src/main/java", "methods/src/main/java");

  private static final Pattern PAPER = Pattern.compile("@Paper\\(id=\"([^\"]+)\"\\)");

  private static final Pattern TOKEN =
      Pattern.compile(
          "(\"\"\"(?:\\\\.|\"(?!\"\")|[^\"\\\\]++)*+\"\"\"|\"(?:\\\\.|[^\"\\\\]++)*+\"|'(?:\\\\.|[^'\\\\])++')"
              + "|/\\*.*?\\*/|//[^\\n]*|\\s+",
          Pattern.DOTALL);

  private CodeHash() {}

  /** The hashes of all methods of a source tree, by id. */
  public static Map<String, String> all(Path root) {
    Map<String, MessageDigest> digests = new TreeMap<>();
    for (String folder : SOURCES) {
      for (Path file : javaFiles(root.resolve(folder))) {
        String code = normalised(read(file));
        PAPER
            .matcher(code)
            .results()
            .map(paper -> paper.group(1))
            .distinct()
            .map(id -> digests.computeIfAbsent(id, i -> sha256()))
            .forEach(digest -> digest.update(code.getBytes(StandardCharsets.UTF_8)));
      }
    }
    Map<String, String> hashes = new TreeMap<>();
    digests.forEach((id, d) -> hashes.put(id, HexFormat.of().formatHex(d.digest())));
    return hashes;
  }

  /** The source tree that the process runs in: the working directory or a folder above. */
  public static Optional<Path> checkout() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.exists(p.resolve("methods/pom.xml"))) {
        return Optional.of(p);
      }
    }
    return Optional.empty();
  }

  /**
   * The root of {@link #checkout()}.
   *
   * @throws IllegalStateException if the process runs outside of one
   */
  public static Path root() {
    return checkout()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "No Proteus source tree at "
                        + Path.of("").toAbsolutePath()
                        + " or above; run this inside a checkout"));
  }

  /**
   * The hash of a method's present code: of the checkout that the process runs in, elsewhere the
   * one that came with the methods as evidence.
   *
   * @throws IllegalStateException if there is neither
   */
  public static String present(String id) {
    Optional<String> code =
        checkout().isPresent()
            ? Optional.ofNullable(all(root()).get(id))
            : Evidence.of(id).map(Evidence::code);
    return code.orElseThrow(
        () -> new IllegalStateException("No code of '" + id + "': no type has @Paper of that id"));
  }

  static String normalised(String source) {
    return TOKEN
        .matcher(source)
        .replaceAll(m -> m.group(1) == null ? "" : Matcher.quoteReplacement(m.group(1)));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> javaFiles(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(f -> f.toString().endsWith(".java")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
