package dev.proteus.models.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A tokenizer that needs no training: a token for each of the 256 bytes of UTF-8, and one that ends
 * a text. Its {@code tokenizer.json} is a byte-level BPE without merges, which Python reads, too.
 */
public final class ByteTokenizer {
  /** The token that ends a text; its id is 256. */
  public static final String END = "<|endoftext|>";

  private static final int BYTES = 256;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ByteTokenizer() {}

  public static Tokenizer create() {
    return Tokenizer.of(tokenizer().toString(), config());
  }

  /** Writes the files that a model folder has of it. */
  public static void save(Path folder) throws IOException {
    Files.createDirectories(folder);
    AtomicFile.write(folder.resolve("tokenizer.json"), tokenizer().toString());
    AtomicFile.write(folder.resolve("tokenizer_config.json"), config().toPrettyString());
  }

  private static ObjectNode config() {
    return JSON.createObjectNode()
        .put("tokenizer_class", "PreTrainedTokenizerFast")
        .put("eos_token", END)
        .put("pad_token", END)
        .put("clean_up_tokenization_spaces", false);
  }

  private static ObjectNode tokenizer() {
    ObjectNode t = JSON.createObjectNode().put("version", "1.0");
    t.putArray("added_tokens")
        .addObject()
        .put("id", BYTES)
        .put("content", END)
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    byteLevel(t.putObject("pre_tokenizer"));
    byteLevel(t.putObject("decoder"));
    ObjectNode model = t.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    int letters = 0;
    for (int b = 0; b < BYTES; b++) {
      // How GPT-2 writes a byte: as the character if it can be seen, else as one above 255.
      vocabulary.put(Character.toString(visible(b) ? b : BYTES + letters++), b);
    }
    model.putArray("merges");
    return t;
  }

  private static void byteLevel(ObjectNode step) {
    step.put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);
  }

  private static boolean visible(int b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
  }
}
