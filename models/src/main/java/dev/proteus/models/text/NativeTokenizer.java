package dev.proteus.models.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.proteus.core.io.Home;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.Map;

/**
 * A tokenizer of the Hugging Face library. Its truncation is a setting of the native object, so one
 * thread uses it at a time. DJL's own class above this one is left out: it calls home, changes
 * texts, and fetches ten arrays a text where two are needed.
 */
final class NativeTokenizer {
  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * While it loads: where it is unpacked to, and that it must not look for another on the network.
   */
  private static final Map<String, String> LOADING =
      Map.of(
          "ENGINE_CACHE_DIR", Home.folder().resolve("cache").toString(), "ai.djl.offline", "true");

  private static TokenizersLibrary library;

  private final long handle;

  /** Both arrays of a text. */
  @SuppressWarnings("ArrayRecordComponent") // fresh from the library; nobody compares them
  record Encoded(long[] ids, long[] types) {}

  NativeTokenizer(String json) {
    long created = library().createTokenizerFromString(json);
    handle = created;
    library().disablePadding(created);
    CLEANER.register(this, () -> TokenizersLibrary.LIB.deleteTokenizer(created));
  }

  private static synchronized TokenizersLibrary library() {
    if (library == null) {
      LOADING.forEach(
          (key, value) -> {
            if (System.getProperty(key) == null) {
              System.setProperty(key, value);
            }
          });
      try {
        LibUtils.checkStatus();
        library = TokenizersLibrary.LIB;
      } catch (EngineException e) {
        throw new IllegalStateException(
            "the tokenizers library does not load here; it is made for Linux (x86_64, aarch64),"
                + " macOS (aarch64) and Windows (x86_64)",
            e);
      } finally {
        LOADING.forEach(System.getProperties()::remove);
      }
    }
    return library;
  }

  /**
   * Encodes texts, unpadded.
   *
   * @param second the other half of each pair, or null
   * @param maxLength in tokens; 0 for no limit
   * @throws IllegalArgumentException if a pair cannot be cut to the length from the text wanted
   */
  synchronized Encoded[] encode(
      String[] first, String[] second, boolean specials, int maxLength, Truncation truncation) {
    if (maxLength > 0) {
      String strategy = (second == null ? Truncation.LONGEST_FIRST : truncation).name();
      library.setTruncation(handle, maxLength, strategy, 0);
    } else {
      library.disableTruncation(handle);
    }
    return Arrays.stream(encodings(first, second, specials, maxLength, truncation))
        .mapToObj(NativeTokenizer::take)
        .toArray(Encoded[]::new);
  }

  private long[] encodings(
      String[] first, String[] second, boolean specials, int maxLength, Truncation truncation) {
    if (second == null) {
      return library.batchEncode(handle, first, specials);
    }
    if (maxLength == 0 || truncation == Truncation.LONGEST_FIRST) {
      return library.batchEncodePair(handle, first, second, specials);
    }
    // Where the text to cut is too short, a batch would end the process; a single pair throws.
    long[] encodings = new long[first.length];
    for (int i = 0; i < first.length; i++) {
      try {
        encodings[i] = library.encodeDual(handle, first[i], second[i], specials);
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            "pair %d cannot be cut to %d tokens with %s: the text to cut is too short"
                .formatted(i, maxLength, truncation),
            e);
      }
    }
    return encodings;
  }

  private static Encoded take(long encoding) {
    Encoded e = new Encoded(library.getTokenIds(encoding), library.getTypeIds(encoding));
    library.deleteEncoding(encoding);
    return e;
  }

  synchronized String decode(long[] ids, boolean skipSpecials) {
    return library.decode(handle, ids, skipSpecials);
  }
}
