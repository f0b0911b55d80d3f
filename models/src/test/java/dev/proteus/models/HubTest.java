package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.proteus.core.data.Download;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server like huggingface.co on this machine, and another for large files. */
class HubTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String REPOSITORY = "/acme/tiny-model";
  private static final String NAME = "hf:acme/tiny-model";

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final List<String> stored = new ArrayList<>();
  private HttpServer server;
  private HttpServer storage;

  /** Transfers of large files break off after this many bytes. */
  private int breakAfter = Integer.MAX_VALUE;

  private int status = 200;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws IOException {
    Path weights = folder.resolve("made.safetensors");
    Safetensors.write(weights, Map.of("w", Tensor.arange(10_000)), Map.of());
    files.put("config.json", "{\"model_type\": \"mlp\"}".getBytes(StandardCharsets.UTF_8));
    files.put("model.safetensors", Files.readAllBytes(weights));
    files.put("README.md", new byte[] {1});
    files.put("pytorch_model.bin", new byte[] {2});
    files.put("tokenizer.json", new byte[0]);
    server = serve(this::answer);
    storage = serve(this::send);
  }

  private static HttpServer serve(com.sun.net.httpserver.HttpHandler handler) throws IOException {
    HttpServer s = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s.createContext("/", handler);
    s.start();
    return s;
  }

  @AfterEach
  void stop() {
    server.stop(0);
    storage.stop(0);
  }

  private static URI address(HttpServer s) {
    return URI.create("http://127.0.0.1:" + s.getAddress().getPort());
  }

  private Hub hub() {
    return new Hub(folder.resolve("cache"), address(server), "secret", false);
  }

  private Path cached(String... names) {
    return folder.resolve("cache/models--acme--tiny-model").resolve(String.join("/", names));
  }

  private static boolean isLarge(String file) {
    return !file.endsWith(".json");
  }

  private static String hash(String file, byte[] content) {
    try {
      Path copy = Files.createTempFile("hub", "");
      Files.write(copy, content);
      String hash =
          isLarge(file)
              ? Download.hash("SHA-256", "", copy)
              : Download.hash("SHA-1", "blob " + content.length + "\0", copy);
      Files.delete(copy);
      return hash;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange x) throws IOException {
    String path = x.getRequestURI().getPath();
    asked.add(x.getRequestMethod() + " " + path.replace(REPOSITORY, ""));
    String resolve = REPOSITORY + "/resolve/" + COMMIT + "/";
    if (status != 200) {
      x.sendResponseHeaders(status, -1);
    } else if (path.startsWith("/api/models" + REPOSITORY + "/revision/")) {
      String list =
          files.keySet().stream()
              .map("{\"rfilename\": \"%s\"}"::formatted)
              .collect(Collectors.joining(", "));
      byte[] json =
          "{\"sha\": \"%s\", \"siblings\": [%s]}"
              .formatted(COMMIT, list)
              .getBytes(StandardCharsets.UTF_8);
      x.sendResponseHeaders(200, json.length);
      x.getResponseBody().write(json);
    } else if (path.startsWith(resolve) || path.startsWith("/moved/")) {
      resolve(x, path.substring(path.lastIndexOf('/') + 1), path.startsWith("/moved/"));
    } else {
      x.sendResponseHeaders(404, -1);
    }
    x.close();
  }

  /** Small files are sent from another path of the server, large ones by the storage. */
  private void resolve(HttpExchange x, String file, boolean moved) throws IOException {
    assertThat(x.getRequestHeaders().getFirst("Authorization")).isEqualTo("Bearer secret");
    byte[] content = files.get(file);
    if (isLarge(file)) {
      x.getResponseHeaders().set("X-Linked-Etag", "\"" + hash(file, content) + "\"");
      x.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
      x.getResponseHeaders().set("Location", address(storage) + "/" + file);
      x.sendResponseHeaders(302, -1);
    } else if (!moved) {
      x.getResponseHeaders().set("Location", "/moved/" + file);
      x.sendResponseHeaders(307, -1);
    } else {
      x.getResponseHeaders().set("ETag", "W/\"" + hash(file, content) + "\"");
      if (x.getRequestMethod().equals("HEAD")) {
        x.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
        x.sendResponseHeaders(200, -1);
      } else {
        x.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
        x.getResponseBody().write(content);
      }
    }
  }

  private void send(HttpExchange x) throws IOException {
    String range = x.getRequestHeaders().getFirst("Range");
    String file = x.getRequestURI().getPath().substring(1);
    stored.add(file + (range == null ? "" : " " + range));
    assertThat(x.getRequestHeaders().containsKey("Authorization")).isFalse();
    byte[] content = files.get(file);
    int from =
        range == null
            ? 0
            : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    if (range != null) {
      x.getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/*");
    }
    x.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    x.getResponseBody().write(content, from, Math.min(content.length - from, breakAfter));
    x.getResponseBody().flush(); // newer Java servers send headers with the first full buffer
    x.close();
  }

  // ---- downloading ----

  @Test
  void whatAModelNeedsIsFetchedOnceIntoTheCacheOfPython() throws IOException {
    Path model = hub().folder(NAME);
    assertThat(model).isEqualTo(cached("snapshots", COMMIT));
    try (var list = Files.list(model)) {
      assertThat(list.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("config.json", "model.safetensors", "tokenizer.json");
    }
    assertThat(cached("refs", "main")).hasContent(COMMIT);
    byte[] weights = files.get("model.safetensors");
    String blob = hash("model.safetensors", weights);
    assertThat(Files.readSymbolicLink(model.resolve("model.safetensors")))
        .isEqualTo(Path.of("../../blobs", blob));
    assertThat(cached("blobs", blob)).hasBinaryContent(weights);
    assertThat(model.resolve("config.json")).hasBinaryContent(files.get("config.json"));
    assertThat(Weights.read(model).get("w").size(0)).isEqualTo(10_000);
    assertThat(stored).containsExactly("model.safetensors");

    asked.clear();
    assertThat(hub().folder(NAME)).isEqualTo(model);
    assertThat(asked).containsExactly("GET /api/models/revision/main");
    assertThat(stored).hasSize(1);
  }

  @Test
  void aCommitIsNotAskedForTwice() throws IOException {
    hub().folder(NAME + "@" + COMMIT);
    assertThat(cached("refs")).doesNotExist();
    asked.clear();
    hub().folder(NAME + "@" + COMMIT);
    assertThat(asked).isEmpty();
  }

  @Test
  void aBrokenOffTransferGoesOn() throws IOException {
    breakAfter = 5_000;
    assertThatThrownBy(() -> hub().folder(NAME))
        .hasMessageContaining("model.safetensors broke off")
        .hasMessageContaining("try again, and it goes on from there");
    Path part =
        cached("blobs", hash("model.safetensors", files.get("model.safetensors")) + ".incomplete");
    assertThat(part).hasSize(5_000);
    breakAfter = Integer.MAX_VALUE;
    Path model = hub().folder(NAME);
    assertThat(model.resolve("model.safetensors")).hasBinaryContent(files.get("model.safetensors"));
    assertThat(stored).containsExactly("model.safetensors", "model.safetensors bytes=5000-");
    assertThat(part).doesNotExist();
  }

  @Test
  void aFileThatIsNotWhatItsHashSaysIsRefused() throws IOException {
    byte[] right = files.get("model.safetensors");
    Path part = cached("blobs", hash("model.safetensors", right) + ".incomplete");
    Files.createDirectories(part.getParent());
    Files.write(part, new byte[5_000]);
    assertThatThrownBy(() -> hub().folder(NAME))
        .hasMessageContaining("is not the expected file")
        .hasMessageContaining(hash("model.safetensors", right));
    assertThat(part).doesNotExist();
    assertThat(hub().folder(NAME).resolve("model.safetensors")).hasBinaryContent(right);
  }

  @Test
  void shardsAreFetchedByTheirIndex() throws IOException {
    byte[] shard = files.remove("model.safetensors");
    files.put("a.safetensors", shard);
    files.put("other.safetensors", shard);
    files.put(
        "model.safetensors.index.json",
        "{\"weight_map\": {\"w\": \"a.safetensors\"}}".getBytes(StandardCharsets.UTF_8));
    Path model = hub().folder(NAME);
    assertThat(stored).containsExactly("a.safetensors");
    assertThat(Weights.read(model)).containsOnlyKeys("w");
  }

  @Test
  void withoutSafetensorsTheCheckpointOfTorchIsFetched() throws IOException {
    files.remove("model.safetensors");
    hub().folder(NAME);
    assertThat(stored).containsExactly("pytorch_model.bin");
  }

  // ---- the cache alone ----

  @Test
  void whatIsCachedIsUsedOfflineAndWithoutNetwork() throws IOException {
    Path model = hub().folder(NAME);
    asked.clear();
    assertThat(hub().offline(true).folder(NAME)).isEqualTo(model);
    assertThat(hub().offline(true).folder(NAME + "@" + COMMIT)).isEqualTo(model);
    assertThat(asked).isEmpty();
    status = 503;
    assertThat(hub().folder(NAME)).isEqualTo(model);
    server.stop(0);
    assertThat(hub().folder(NAME)).isEqualTo(model);
    Files.delete(model.resolve("model.safetensors"));
    assertThatThrownBy(() -> hub().folder(NAME)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void whatIsNotCachedIsNamed() {
    assertThatThrownBy(() -> hub().offline(true).folder(NAME))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(NAME + " is not all in the cache, and offline as asked")
        .hasMessageContaining("path of a model folder");
    server.stop(0);
    assertThatThrownBy(() -> hub().folder(NAME))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(address(server) + " cannot be reached (");
  }

  @Test
  void refusalsSayWhatToDo() {
    status = 401;
    assertThatThrownBy(() -> hub().folder(NAME))
        .hasMessageContaining("another token than HF_TOKEN");
    Hub anonymous = new Hub(folder, address(server), null, false);
    assertThatThrownBy(() -> anonymous.folder(NAME)).hasMessageContaining("a token in HF_TOKEN");
    status = 404;
    assertThatThrownBy(() -> hub().folder(NAME + "@v2"))
        .hasMessageContaining(" has no acme/tiny-model@v2");
    status = 200;
    files.remove("config.json");
    assertThatThrownBy(() -> hub().folder(NAME))
        .hasMessageContaining("acme/tiny-model is no model folder")
        .hasMessageContaining("README.md");
  }

  @Test
  void namesCannotLeaveTheCache() {
    for (String name :
        List.of("hf:", "hf:a/b/c", "hf:../x", "hf:a/..", "hf:a/b@../c", "a/b", "hf:a/b@")) {
      assertThatThrownBy(() -> hub().folder(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("hf:owner/name");
    }
  }

  @Test
  void theEnvironmentSaysWhere() {
    Path home = Path.of("/home/x");
    Hub plain = Hub.of(key -> null, home);
    assertThat(plain)
        .isEqualTo(
            new Hub(
                home.resolve(".cache/huggingface/hub"),
                URI.create("https://huggingface.co"),
                null,
                false));
    assertThat(Hub.of(Map.of("HF_HOME", "/hf", "HF_TOKEN", " t\n")::get, home))
        .isEqualTo(new Hub(Path.of("/hf/hub"), plain.endpoint(), "t", false));
    assertThat(
            Hub.of(
                Map.of(
                        "HF_HOME", "/hf",
                        "HF_HUB_CACHE", "/c",
                        "HF_ENDPOINT", "http://mirror",
                        "HF_HUB_OFFLINE", "Yes")
                    ::get,
                home))
        .isEqualTo(new Hub(Path.of("/c"), URI.create("http://mirror"), null, true));
    assertThat(Hub.of(Map.of("XDG_CACHE_HOME", "/x")::get, home).cache())
        .isEqualTo(Path.of("/x/huggingface/hub"));
  }
}
