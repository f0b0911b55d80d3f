package dev.proteus.models.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.jinja.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns text into token ids and back, as {@code tokenizer.json} says: the same ids as in Python,
 * for the library is the same.
 *
 * <pre>{@code
 * Tokenizer tokenizer = Tokenizer.load(folder).withMaxLength(128);
 * Tokens batch = tokenizer.encode(List.of("A short text.", "Another one."));
 * Tensor logits = net.forward(batch.packed());
 * }</pre>
 *
 * <p>Batches are padded to their longest text. Nothing is cut off unless {@link #withMaxLength}
 * says so. Immutable, and safe to use from several threads (one at a time gets through).
 */
public final class Tokenizer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "tokenizer.json";

  private final NativeTokenizer library;
  private final Map<String, Long> vocabulary;
  private final TokenizerFacts facts;
  private final Settings settings;

  /**
   * How texts are encoded.
   *
   * @param maxLength 0 for no limit
   * @param fill whether rows are padded to {@code maxLength}, not to the longest
   */
  private record Settings(
      int maxLength,
      boolean fill,
      Truncation truncation,
      boolean padLeft,
      String pad,
      boolean specials) {}

  private Tokenizer(
      NativeTokenizer library,
      Map<String, Long> vocabulary,
      TokenizerFacts facts,
      Settings settings) {
    this.library = library;
    this.vocabulary = vocabulary;
    this.facts = facts;
    this.settings = settings;
  }

  /**
   * The tokenizer of a model folder: {@code tokenizer.json}, and beside it, where they are, {@code
   * tokenizer_config.json}, {@code special_tokens_map.json} and {@code chat_template.jinja}.
   *
   * @throws IOException if there is no {@code tokenizer.json} or a file is damaged
   */
  public static Tokenizer load(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(
          file.toString(),
          null,
          "expected "
              + FILE
              + "; transformers writes it from older files:"
              + " AutoTokenizer.from_pretrained(folder).save_pretrained(folder)");
    }
    try {
      return of(Files.readString(file), TokenizerFacts.read(folder));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * A tokenizer from what its files hold.
   *
   * @param json {@code tokenizer.json}
   * @param config {@code tokenizer_config.json}; an empty object where there is none
   * @throws IllegalArgumentException if {@code json} is no tokenizer
   */
  public static Tokenizer of(String json, JsonNode config) {
    try {
      JsonNode tree = JSON.readTree(json);
      TokenizerFacts facts = TokenizerFacts.of(config, tree);
      String text = facts.truncateLeft() ? truncatingLeft((ObjectNode) tree) : json;
      return new Tokenizer(
          new NativeTokenizer(text),
          vocabulary(tree),
          facts,
          new Settings(0, false, Truncation.LONGEST_FIRST, facts.padLeft(), facts.pad(), true));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("not a tokenizer: " + e.getMessage(), e);
    }
  }

  /** The side can only be set in the file; length and strategy are set later. */
  private static String truncatingLeft(ObjectNode tokenizer) throws JsonProcessingException {
    ObjectNode t = tokenizer.deepCopy();
    t.putObject("truncation")
        .put("direction", "Left")
        .put("max_length", 512)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    return JSON.writeValueAsString(t);
  }

  private static Map<String, Long> vocabulary(JsonNode tokenizer) {
    Map<String, Long> ids = new HashMap<>();
    JsonNode vocab = tokenizer.path("model").path("vocab");
    if (vocab.isArray()) { // Unigram: token and score, in the order of the ids
      for (JsonNode entry : vocab) {
        ids.putIfAbsent(entry.path(0).asText(), (long) ids.size());
      }
    } else {
      vocab.properties().forEach(e -> ids.put(e.getKey(), e.getValue().asLong()));
    }
    for (JsonNode added : tokenizer.path("added_tokens")) {
      ids.put(added.path("content").asText(), added.path("id").asLong());
    }
    return ids;
  }

  /** Copies the files of a folder's tokenizer to another folder. */
  public static void copy(Path from, Path to) throws IOException {
    List<String> files = new ArrayList<>(TokenizerFacts.FILES);
    files.add(FILE);
    files.add(TokenizerFacts.TEMPLATE_FILE);
    for (String file : files) {
      if (Files.exists(from.resolve(file))) {
        Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  // ---- settings ----

  private Tokenizer with(Settings s) {
    return new Tokenizer(library, vocabulary, facts, s);
  }

  /**
   * Cuts texts, special tokens included, to so many tokens.
   *
   * @param tokens 0 for no limit
   */
  public Tokenizer withMaxLength(int tokens) {
    if (tokens < 0) {
      throw new IllegalArgumentException("the maximal length is " + tokens + "; 0 means no limit");
    }
    Settings s = settings;
    return with(new Settings(tokens, s.fill, s.truncation, s.padLeft, s.pad, s.specials));
  }

  /** From which text of a pair too much is cut. */
  public Tokenizer withTruncation(Truncation truncation) {
    Settings s = settings;
    return with(new Settings(s.maxLength, s.fill, truncation, s.padLeft, s.pad, s.specials));
  }

  /** Pads every batch to the maximal length: all have one shape then. */
  public Tokenizer withFixedLength(int tokens) {
    Settings s = withMaxLength(tokens).settings;
    if (tokens == 0) {
      throw new IllegalArgumentException("a fixed length must be at least 1");
    }
    return with(new Settings(s.maxLength, true, s.truncation, s.padLeft, s.pad, s.specials));
  }

  /** Puts padding before the texts, as generation wants it, or after them. */
  public Tokenizer withPaddingOnLeft(boolean left) {
    Settings s = settings;
    return with(new Settings(s.maxLength, s.fill, s.truncation, left, s.pad, s.specials));
  }

  /**
   * Pads with this token, for tokenizers that have no padding token of their own.
   *
   * @throws IllegalArgumentException if it is not in the vocabulary
   */
  public Tokenizer withPad(String token) {
    id(token);
    Settings s = settings;
    return with(new Settings(s.maxLength, s.fill, s.truncation, s.padLeft, token, s.specials));
  }

  /** Whether texts get the special tokens around them that the network was trained with. */
  public Tokenizer withSpecialTokens(boolean on) {
    Settings s = settings;
    return with(new Settings(s.maxLength, s.fill, s.truncation, s.padLeft, s.pad, on));
  }

  // ---- facts ----

  /** Tokens that the network takes, or 0 where the folder does not say. */
  public int modelMaxLength() {
    return facts.maxLength();
  }

  /** The largest id and one: rows that an embedding needs. */
  public int vocabularySize() {
    return (int) vocabulary.values().stream().mapToLong(i -> i + 1).max().orElse(0);
  }

  /**
   * The id of a token, written as in the vocabulary.
   *
   * @throws IllegalArgumentException if there is no such token
   */
  public long id(String token) {
    Long id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("no token '" + token + "' in the vocabulary");
    }
    return id;
  }

  /** The padding token, or null where there is none. */
  public String pad() {
    return settings.pad;
  }

  /** The token that begins a text, or null where there is none. */
  public String bos() {
    return facts.bos();
  }

  /** The token that ends a text, or null where there is none. */
  public String eos() {
    return facts.eos();
  }

  // ---- encoding ----

  /**
   * Encodes texts as a padded batch.
   *
   * @throws IllegalArgumentException if the maximal length leaves no room for special tokens, or
   *     padding is needed and there is no token for it
   */
  public Tokens encode(List<String> texts) {
    return batch(encoded(texts, null));
  }

  /** Encodes pairs of texts; {@link Tokens#types} tells the two apart where the network does. */
  public Tokens encode(List<String> first, List<String> second) {
    return batch(encoded(first, second));
  }

  /** The ids of each text, without padding. */
  public List<long[]> ids(List<String> texts) {
    return Arrays.stream(encoded(texts, null)).map(NativeTokenizer.Encoded::ids).toList();
  }

  /** The ids of one text. */
  public long[] ids(String text) {
    return ids(List.of(text)).get(0);
  }

  private NativeTokenizer.Encoded[] encoded(List<String> first, List<String> second) {
    if (first.isEmpty()) {
      throw new IllegalArgumentException("there is no text to encode");
    }
    if (second != null && second.size() != first.size()) {
      throw new IllegalArgumentException(
          "pairs need as many second texts as first ones: "
              + first.size()
              + " and "
              + second.size());
    }
    NativeTokenizer.Encoded[] rows =
        library.encode(
            array(first),
            second == null ? null : array(second),
            settings.specials,
            settings.maxLength,
            settings.truncation);
    for (NativeTokenizer.Encoded row : rows) {
      if (settings.maxLength > 0 && row.ids().length > settings.maxLength) {
        throw new IllegalArgumentException(
            "a text cannot be cut to %d tokens: %s leaves %d"
                .formatted(settings.maxLength, settings.truncation, row.ids().length));
      }
    }
    return rows;
  }

  private static String[] array(List<String> texts) {
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i) == null) {
        throw new IllegalArgumentException("text " + i + " is null");
      }
    }
    return texts.toArray(String[]::new);
  }

  private Tokens batch(NativeTokenizer.Encoded[] rows) {
    int longest = Arrays.stream(rows).mapToInt(r -> r.ids().length).max().orElseThrow();
    int length = Math.max(1, settings.fill ? settings.maxLength : longest);
    boolean even = Arrays.stream(rows).allMatch(r -> r.ids().length == length);
    long pad = even ? 0 : padId();
    long[] packed = new long[rows.length * 3 * length];
    for (int i = 0; i < rows.length; i++) {
      int at = 3 * length * i;
      int n = rows[i].ids().length;
      int from = settings.padLeft ? length - n : 0;
      Arrays.fill(packed, at, at + length, pad);
      System.arraycopy(rows[i].ids(), 0, packed, at + from, n);
      Arrays.fill(packed, at + length + from, at + length + from + n, 1);
      System.arraycopy(rows[i].types(), 0, packed, at + 2 * length + from, n);
    }
    return Tokens.of(Tensor.of(packed, rows.length, 3, length));
  }

  private long padId() {
    if (settings.pad == null) {
      throw new IllegalArgumentException(
          "the texts differ in length and this tokenizer has no padding token; choose one with"
              + " withPad(..), such as its end of text '"
              + eos()
              + "'");
    }
    return id(settings.pad);
  }

  // ---- conversations ----

  /**
   * A conversation as the text that the network was trained on, by its own chat template. Encode it
   * {@link #withSpecialTokens without special tokens}: the template has put them in.
   *
   * @param answer whether the text ends where the network is to answer
   * @throws IllegalStateException if the folder has no chat template
   * @throws dev.proteus.models.text.jinja.JinjaException if the template refuses the conversation,
   *     or uses what is not known here
   */
  public String chat(List<Message> messages, boolean answer) {
    if (facts.chatTemplate() == null) {
      throw new IllegalStateException(
          "this tokenizer has no chat template: the network was not trained on conversations, or"
              + " chat_template.jinja is missing");
    }
    List<Map<String, String>> plain =
        messages.stream().map(m -> Map.of("role", m.role(), "content", m.content())).toList();
    Map<String, Object> variables = new HashMap<>(facts.specialTokens());
    variables.put("messages", plain);
    variables.put("add_generation_prompt", answer);
    variables.put("tools", null);
    variables.put("documents", null);
    return Template.parse(facts.chatTemplate()).render(variables);
  }

  // ---- decoding ----

  /** The text of some ids, without special tokens. */
  public String decode(long[] ids) {
    return decode(ids, true);
  }

  public String decode(long[] ids, boolean skipSpecialTokens) {
    return library.decode(ids, skipSpecialTokens);
  }

  /**
   * The text of each row, without special tokens.
   *
   * @param ids [B, T]
   */
  public List<String> decode(Tensor ids) {
    int length = (int) ids.size(1);
    long[] all = ids.contiguous().toLongs();
    List<String> texts = new ArrayList<>();
    for (int at = 0; at < all.length; at += length) {
      texts.add(decode(Arrays.copyOfRange(all, at, at + length)));
    }
    return texts;
  }
}
