package dev.proteus.core.data;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/**
 * Fetches a file whose checksum is known. It grows under the name with {@code .part} at its end,
 * and gets its own name when it is complete and right; a broken-off transfer goes on where it
 * stopped the next time.
 */
public final class Download {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private Download() {}

  /**
   * Makes sure that {@code target} is there. A file that is there already is taken if its checksum
   * is right, and replaced if not.
   *
   * @param sha256 in hexadecimal
   * @throws IOException naming file, address and what to do, if it cannot be had
   */
  public static void fetch(URI source, Path target, String sha256) throws IOException {
    if (Files.exists(target) && sha256(target).equals(sha256)) {
      return;
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      Files.createDirectories(target.toAbsolutePath().getParent());
      resume(source, Map.of(), part);
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException(
          target.getFileName()
              + " could not be downloaded from "
              + source
              + ": "
              + why
              + ". Try again when online, or fetch it elsewhere and put it at "
              + target,
          e);
    }
    String got = sha256(part);
    if (!got.equals(sha256)) {
      Files.delete(part);
      throw new IOException(
          source + " is not the expected file: its SHA-256 is " + got + ", not " + sha256);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Appends to a part of a file what it lacks; all of it, where the server cannot send the rest.
   *
   * @param headers of the request, such as who asks
   * @throws IOException if the transfer breaks off; what has come is kept
   */
  public static void resume(URI source, Map<String, String> headers, Path part) throws IOException {
    try {
      transfer(source, headers, part);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("downloading " + source + " was interrupted", e);
    }
  }

  private static void transfer(URI source, Map<String, String> headers, Path part)
      throws IOException, InterruptedException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    HttpRequest.Builder request = HttpRequest.newBuilder(source).timeout(PATIENCE);
    headers.forEach(request::header);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    // Written as it comes: a stream would drop what it still holds when the transfer breaks off.
    HttpResponse<Path> response =
        client.send(
            request.build(),
            info -> {
              boolean goesOn = info.statusCode() == PARTIAL && startsAt(info.headers(), have);
              return info.statusCode() == OK || goesOn
                  ? HttpResponse.BodySubscribers.ofFile(
                      part,
                      StandardOpenOption.CREATE,
                      StandardOpenOption.WRITE,
                      goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)
                  : HttpResponse.BodySubscribers.replacing(null);
            });
    // Not satisfiable: nothing is missing; the checksum tells whether it is right.
    boolean complete = have > 0 && response.statusCode() == RANGE_NOT_SATISFIABLE;
    if (response.body() == null && !complete) {
      throw new IOException("the server answered " + response.statusCode());
    }
  }

  private static boolean startsAt(HttpHeaders headers, long have) {
    String range = headers.firstValue("Content-Range").orElse("");
    return range.toLowerCase(Locale.ROOT).startsWith("bytes " + have + "-");
  }

  private static String sha256(Path file) throws IOException {
    return hash("SHA-256", "", file);
  }

  /**
   * A checksum in hexadecimal.
   *
   * @param algorithm such as {@code SHA-1}
   * @param before text that goes before the file's content
   */
  public static String hash(String algorithm, String before, Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(before.getBytes(StandardCharsets.UTF_8));
      try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        Files.copy(file, out);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }
}
