package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadTest {
  private final byte[] content = new byte[200_000];
  private final List<String> ranges = new ArrayList<>();
  private String sum;
  private HttpServer server;
  private URI source;
  private Path target;

  /** The transfer breaks off after this many bytes. */
  private int breakAfter = Integer.MAX_VALUE;

  private boolean knowsRanges = true;

  @TempDir private Path folder;

  @BeforeEach
  void start() throws Exception {
    new Random(1).nextBytes(content);
    sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/data.gz", this::answer);
    server.start();
    source = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/data.gz");
    target = folder.resolve("deep/er/data.gz");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(range);
    int from = 0;
    if (range != null && knowsRanges) {
      from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
      if (from >= content.length) {
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/*");
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    int to = Math.min(content.length, Math.max(from, breakAfter));
    exchange.getResponseBody().write(content, from, to - from);
    exchange.close();
  }

  private Path part() {
    return target.resolveSibling("data.gz.part");
  }

  @Test
  void aFileArrivesOnce() throws IOException {
    Download.fetch(source, target, sum);
    assertThat(target).hasBinaryContent(content);
    assertThat(part()).doesNotExist();
    Download.fetch(source, target, sum);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void aBrokenOffTransferGoesOnWhereItStopped() throws IOException {
    breakAfter = 120_000;
    assertThatThrownBy(() -> Download.fetch(source, target, sum))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("data.gz could not be downloaded from " + source);
    assertThat(target).doesNotExist();
    long have = Files.size(part());
    assertThat(have).isPositive();
    breakAfter = Integer.MAX_VALUE;
    Download.fetch(source, target, sum);
    assertThat(target).hasBinaryContent(content);
    assertThat(ranges).containsExactly(null, "bytes=" + have + "-");
  }

  @Test
  void aServerWithoutRangesSendsAllAgain() throws IOException {
    knowsRanges = false;
    Files.createDirectories(target.getParent());
    Files.write(part(), Arrays.copyOf(content, 1000));
    Download.fetch(source, target, sum);
    assertThat(target).hasBinaryContent(content);
  }

  @Test
  void aCompletePartIsOnlyChecked() throws IOException {
    Files.createDirectories(target.getParent());
    Files.write(part(), content);
    Download.fetch(source, target, sum);
    assertThat(target).hasBinaryContent(content);
  }

  @Test
  void aWrongFileIsRefusedAndForgotten() throws IOException {
    String other = "0".repeat(64);
    assertThatThrownBy(() -> Download.fetch(source, target, other))
        .hasMessageContaining("its SHA-256 is " + sum + ", not " + other);
    assertThat(target).doesNotExist();
    assertThat(part()).doesNotExist();
  }

  @Test
  void aWrongFileThatIsThereIsReplaced() throws IOException {
    Files.createDirectories(target.getParent());
    Files.writeString(target, "old");
    Download.fetch(source, target, sum);
    assertThat(target).hasBinaryContent(content);
  }

  @Test
  void errorsSayWhatToDo() {
    URI missing = source.resolve("/no.gz");
    assertThatThrownBy(() -> Download.fetch(missing, target, sum))
        .hasMessageContaining("the server answered 404");
    server.stop(0);
    assertThatThrownBy(() -> Download.fetch(source, target, sum))
        .hasMessageContainingAll(
            "data.gz could not be downloaded from " + source,
            "Try again when online, or fetch it elsewhere and put it at " + target);
  }
}
