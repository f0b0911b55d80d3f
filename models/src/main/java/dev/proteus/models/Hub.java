package dev.proteus.models;

import dev.proteus.core.data.Download;
import dev.proteus.core.io.AtomicFile;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models of huggingface.co as folders on disk: {@code hf:owner/name} or {@code
 * hf:owner/name@revision}.
 *
 * <p>The cache is the one of Python's huggingface_hub: what one has downloaded the other uses.
 *
 * <pre>
 * models--owner--name/refs/main                      the commit of a revision
 *                     blobs/(etag)                   files, by what is in them
 *                     snapshots/(commit)/config.json links to them
 * </pre>
 *
 * <p>Every file is checked against its hash. A transfer that broke off goes on where it stopped.
 *
 * @param cache the folder of the cache
 * @param endpoint the server
 * @param token to be shown to the server; null for none
 * @param offline whether only the cache is used
 * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">the cache</a>
 */
public record Hub(Path cache, URI endpoint, String token, boolean offline) {
  /** What names of models on the hub begin with. */
  public static final String PREFIX = "hf:";

  private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

  private static final Pattern NAME =
      Pattern.compile(
          "hf:(?<repository>[\\w-][\\w.-]*(?:/[\\w-][\\w.-]*)?)"
              + "(?:@(?<revision>[\\w-][\\w.-]*(?:/[\\w-][\\w.-]*)*))?");

  private static final String CONFIG = "config.json";

  /** What is fetched beside the configuration and the weights, where it is there. */
  private static final List<String> OTHERS =
      List.of(
          "preprocessor_config.json",
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "chat_template.jinja");

  private static final int SHA1_DIGITS = 40;
  private static final int SHA256_DIGITS = 64;

  private record Name(String repository, String revision) {}

  /**
   * As the environment says: {@code HF_HUB_CACHE} or {@code HF_HOME}, {@code HF_ENDPOINT}, {@code
   * HF_TOKEN}, {@code HF_HUB_OFFLINE}.
   */
  public static Hub ofEnvironment() {
    return of(System::getenv, Path.of(System.getProperty("user.home")));
  }

  static Hub of(UnaryOperator<String> environment, Path userHome) {
    UnaryOperator<String> given =
        key -> {
          String value = environment.apply(key);
          return value == null || value.isBlank() ? null : value.strip();
        };
    String caches = given.apply("XDG_CACHE_HOME");
    Path home =
        given.apply("HF_HOME") != null
            ? Path.of(given.apply("HF_HOME"))
            : (caches == null ? userHome.resolve(".cache") : Path.of(caches))
                .resolve("huggingface");
    String hub = given.apply("HF_HUB_CACHE");
    String endpoint = given.apply("HF_ENDPOINT");
    String offline = given.apply("HF_HUB_OFFLINE");
    return new Hub(
        hub == null ? home.resolve("hub") : Path.of(hub),
        URI.create(endpoint == null ? "https://huggingface.co" : endpoint),
        given.apply("HF_TOKEN"),
        offline != null && offline.matches("(?i)1|true|yes|on"));
  }

  /** The same, restricted to what is cached if {@code on}. */
  public Hub offline(boolean on) {
    return new Hub(cache, endpoint, token, offline || on);
  }

  /**
   * The model folder of a name, downloaded as far as it is not cached. Without network, what is
   * cached of the revision is taken.
   *
   * @throws IllegalArgumentException if it is not such a name
   * @throws IOException saying what is missing and what to do
   */
  public Path folder(String name) throws IOException {
    Matcher m = NAME.matcher(name);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is no model of the hub; expected hf:owner/name or hf:owner/name@revision");
    }
    String revision = m.group("revision") == null ? "main" : m.group("revision");
    Name n = new Name(m.group("repository"), revision);
    Path repository = cache.resolve("models--" + n.repository.replace("/", "--"));
    Path cached = cached(repository, n.revision);
    if (offline) {
      if (cached == null) {
        throw missing(name, repository, "offline as asked");
      }
      return cached;
    }
    if (cached != null && cached.endsWith(n.revision)) {
      return cached; // a commit never changes
    }
    try {
      return download(new HubClient(endpoint, token), n, repository);
    } catch (HubClient.Unreachable e) {
      if (cached == null) {
        throw missing(name, repository, e.getMessage());
      }
      LOG.warn("{}; {} is taken from the cache", e.getMessage(), name);
      return cached;
    }
  }

  private static IOException missing(String name, Path repository, String why) {
    return new NoSuchFileException(
        repository.toString(),
        null,
        name
            + " is not all in the cache, and "
            + why
            + "; try again with a network, or give the"
            + " path of a model folder");
  }

  /** The snapshot of a revision if it can be used, else null. */
  private static Path cached(Path repository, String revision) throws IOException {
    Path ref = repository.resolve("refs").resolve(revision);
    String commit = Files.isRegularFile(ref) ? Files.readString(ref).strip() : revision;
    Path snapshot = repository.resolve("snapshots").resolve(commit);
    if (!Files.exists(snapshot.resolve(CONFIG))) {
      return null;
    }
    String weights = Weights.choose(file -> Files.exists(snapshot.resolve(file)));
    if (weights == null) {
      return null;
    }
    for (String shard : Weights.shards(snapshot.resolve(weights))) {
      if (!Files.exists(snapshot.resolve(shard))) {
        return null;
      }
    }
    return snapshot;
  }

  private Path download(HubClient client, Name n, Path repository) throws IOException {
    HubClient.Listing listing = client.list(n.repository, n.revision);
    String weights = Weights.choose(listing.files()::contains);
    if (!listing.files().contains(CONFIG) || weights == null) {
      throw new IOException(
          n.repository
              + " is no model folder: expected config.json and weights such as model.safetensors,"
              + " found "
              + Weights.first(listing.files()));
    }
    Path snapshot = repository.resolve("snapshots").resolve(listing.commit());
    Set<String> wanted = new LinkedHashSet<>(List.of(CONFIG));
    OTHERS.stream().filter(listing.files()::contains).forEach(wanted::add);
    wanted.add(weights);
    for (String file : wanted) {
      fetch(client, n, repository, snapshot, file);
    }
    for (String shard : Weights.shards(snapshot.resolve(weights))) {
      fetch(client, n, repository, snapshot, shard);
    }
    if (!n.revision.equals(listing.commit())) {
      AtomicFile.write(repository.resolve("refs").resolve(n.revision), listing.commit());
    }
    return snapshot;
  }

  private static synchronized void fetch(
      HubClient client, Name n, Path repository, Path snapshot, String file) throws IOException {
    Path target = snapshot.resolve(file);
    if (Files.exists(target)) {
      return;
    }
    HubClient.Remote remote = client.find(n.repository, snapshot.getFileName().toString(), file);
    Path blob = repository.resolve("blobs").resolve(remote.etag());
    Path lock =
        repository
            .resolveSibling(".locks")
            .resolve(repository.getFileName())
            .resolve(remote.etag() + ".lock");
    for (Path folder : List.of(blob.getParent(), lock.getParent(), target.getParent())) {
      Files.createDirectories(folder);
    }
    // Another process that fetches the same file is waited for.
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock alone = channel.lock()) {
      if (!Files.exists(blob)) {
        LOG.info("downloading {} of {} ({} MB)", file, n.repository, remote.size() >> 20);
        transfer(client, remote, blob);
      }
    }
    link(target, blob);
  }

  private static void transfer(HubClient client, HubClient.Remote remote, Path blob)
      throws IOException {
    Path part = blob.resolveSibling(blob.getFileName() + ".incomplete");
    if (!Files.exists(part) || Files.size(part) != remote.size()) {
      try {
        client.resume(remote, part);
      } catch (IOException e) {
        throw new IOException(
            "the transfer of "
                + remote.source()
                + " broke off ("
                + e.getMessage()
                + "); try again, and it goes on from there",
            e);
      }
    }
    long size = Files.size(part);
    String hash =
        switch (remote.etag().length()) {
          case SHA256_DIGITS -> Download.hash("SHA-256", "", part);
          // What git hashes.
          case SHA1_DIGITS -> Download.hash("SHA-1", "blob " + size + "\0", part);
          default -> remote.etag(); // another server's; the size has to do
        };
    if (!hash.equals(remote.etag()) || (remote.size() >= 0 && size != remote.size())) {
      Files.delete(part);
      throw new IOException(
          remote.source()
              + " is not the expected file: %d bytes with hash %s, expected %d with %s"
                  .formatted(size, hash, remote.size(), remote.etag()));
    }
    Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void link(Path target, Path blob) throws IOException {
    Files.deleteIfExists(target); // a link to nothing
    try {
      Files.createSymbolicLink(target, target.getParent().relativize(blob));
    } catch (UnsupportedOperationException | IOException e) {
      // Windows may not allow links: the file itself has to do, as in Python.
      Files.copy(blob, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
