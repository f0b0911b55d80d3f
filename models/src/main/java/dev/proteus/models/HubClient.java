package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.data.Download;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Speaks to a server that answers as huggingface.co does. */
final class HubClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_REDIRECTS = 5;

  private final String endpoint;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /** The server cannot be reached, or is broken: what is cached has to do. */
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1L;

    private Unreachable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * What a revision holds.
   *
   * @param commit its hash
   */
  record Listing(String commit, Set<String> files) {}

  /**
   * Where a file is, and what it is.
   *
   * @param etag SHA-256 of a large file, hash of a git blob of another
   * @param size in bytes, or -1 if the server does not say
   */
  record Remote(URI source, String etag, long size) {}

  /**
   * @param token null for none
   */
  HubClient(URI endpoint, String token) {
    this.endpoint = endpoint.toString().replaceFirst("/+$", "");
    this.token = token;
  }

  Listing list(String repository, String revision) throws IOException {
    URI source =
        URI.create(endpoint + "/api/models/" + repository + "/revision/" + encoded(revision));
    HttpResponse<String> answer = send(HttpRequest.newBuilder(source), repository + "@" + revision);
    JsonNode model;
    try {
      model = JSON.readTree(answer.body());
    } catch (JsonProcessingException e) {
      throw new IOException(source + " did not answer with JSON", e);
    }
    String commit = model.path("sha").asText();
    if (!commit.matches("[0-9a-f]{40}")) {
      throw new IOException(source + " names no commit, but '" + commit + "'");
    }
    Set<String> files = new LinkedHashSet<>();
    model.path("siblings").forEach(f -> files.add(f.path("rfilename").asText()));
    return new Listing(commit, files);
  }

  Remote find(String repository, String commit, String file) throws IOException {
    URI source =
        URI.create(endpoint + "/" + repository + "/resolve/" + commit + "/" + encoded(file));
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(source).method("HEAD", HttpRequest.BodyPublishers.noBody()),
            repository + "/" + file);
    // Of a large file, that of the file it stands for; also where the answer points elsewhere.
    String etag =
        header(answer, "X-Linked-Etag", header(answer, "ETag", ""))
            .replaceFirst("^W/", "")
            .replace("\"", "");
    if (!etag.matches("[\\w-]+(\\.[\\w-]+)*")) {
      throw new IOException(answer.uri() + " has no usable ETag: '" + etag + "'");
    }
    // The length of an answer that points elsewhere is not the file's.
    String length = answer.statusCode() == 200 ? header(answer, "Content-Length", "-1") : "-1";
    String size = header(answer, "X-Linked-Size", length);
    URI location = answer.uri().resolve(header(answer, "Location", answer.uri().toString()));
    return new Remote(location, etag, Long.parseLong(size));
  }

  void resume(Remote remote, Path part) throws IOException {
    Download.resume(remote.source, credentials(remote.source), part);
  }

  /** The answer, after redirects within the server. */
  private HttpResponse<String> send(HttpRequest.Builder request, String what) throws IOException {
    HttpRequest.Builder next = request;
    for (int i = 0; i < MAX_REDIRECTS; i++) {
      URI asked = next.build().uri();
      credentials(asked).forEach(next::setHeader);
      HttpResponse<String> answer = answer(next.timeout(PATIENCE).build());
      int status = answer.statusCode();
      URI location = asked.resolve(header(answer, "Location", ""));
      boolean redirected = status / 100 == 3;
      if (status == 200 || (redirected && !isServer(location))) {
        return answer;
      }
      if (!redirected) {
        throw refused(status, what, asked);
      }
      next = HttpRequest.newBuilder(location);
      HttpRequest first = request.build();
      next.method(first.method(), HttpRequest.BodyPublishers.noBody());
    }
    throw new IOException(endpoint + " redirects in circles for " + what);
  }

  private HttpResponse<String> answer(HttpRequest request) throws IOException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("asking " + request.uri() + " was interrupted", e);
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new Unreachable(endpoint + " cannot be reached (" + why + ")", e);
    }
  }

  private IOException refused(int status, String what, URI asked) {
    return switch (status) {
      case 401, 403 ->
          new IOException(
              endpoint
                  + " does not give "
                  + what
                  + " (status "
                  + status
                  + "): it does not exist, or needs "
                  + (token == null ? "a token in HF_TOKEN" : "another token than HF_TOKEN's")
                  + " or the author's leave");
      case 404 -> new IOException(endpoint + " has no " + what);
      default ->
          status >= 500
              ? new Unreachable(endpoint + " answered " + status, null)
              : new IOException(asked + ": the server answered " + status);
    };
  }

  /** Who asks; told to the server alone, not to where it points. */
  private Map<String, String> credentials(URI to) {
    return token == null || !isServer(to) ? Map.of() : Map.of("Authorization", "Bearer " + token);
  }

  private boolean isServer(URI uri) {
    URI server = URI.create(endpoint);
    return Objects.equals(server.getScheme(), uri.getScheme())
        && Objects.equals(server.getAuthority(), uri.getAuthority());
  }

  private static String header(HttpResponse<?> answer, String name, String otherwise) {
    return answer.headers().firstValue(name).orElse(otherwise);
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
