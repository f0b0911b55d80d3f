package dev.proteus.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.text.SentenceEmbedding;
import dev.proteus.models.text.Tokenizer;
import dev.proteus.models.text.Tokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmTest {
  private static final List<String> SENTENCES =
      List.of(
          "The cat sits on the mat.",
          "A feline rests upon a rug.",
          "Stocks fell sharply on Monday after the central bank raised its rates.",
          "x",
          "",
          "Grüße aus Köln — naïve café, señor 😀 東京",
          "any of numerous small rodents typically resembling diminutive rats having pointed snouts",
          "public static void main(String[] args) { return; }",
          "word ".repeat(300));

  @TempDir static Path cache;
  private static Path folder;

  @BeforeAll
  static void convert() throws IOException {
    folder = MiniLm.folder(cache.resolve("minilm"));
  }

  private static Tensor ours(Tokens t) throws IOException {
    SentenceEmbedding net = new SentenceEmbedding(Model.load(folder).net(), true);
    net.eval();
    return Autograd.noGrad(() -> net.forward(t.packed()));
  }

  /** The last hidden state of the graph in the jar, pooled and normalised as its authors do. */
  private static Tensor official(Tokens t) throws IOException, OrtException {
    byte[] graph;
    try (InputStream in = MiniLm.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      graph = in.readAllBytes();
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(graph);
        OnnxTensor ids = OnnxTensor.createTensor(environment, rows(t.ids()));
        OnnxTensor mask = OnnxTensor.createTensor(environment, rows(t.mask()));
        OnnxTensor types = OnnxTensor.createTensor(environment, rows(t.types()));
        OrtSession.Result out =
            session.run(
                Map.of("input_ids", ids, "attention_mask", mask, "token_type_ids", types))) {
      float[][][] hidden = (float[][][]) out.get(0).getValue();
      int dim = hidden[0][0].length;
      float[] mean = new float[hidden.length * dim];
      for (int b = 0; b < hidden.length; b++) {
        long[] attended = t.mask().get(b).toLongs();
        for (int k = 0; k < dim; k++) {
          double sum = 0;
          int n = 0;
          for (int i = 0; i < attended.length; i++) {
            sum += attended[i] * hidden[b][i][k];
            n += (int) attended[i];
          }
          mean[b * dim + k] = (float) (sum / n);
        }
      }
      Tensor y = Tensor.of(mean, hidden.length, dim);
      return y.div(y.norm(2, new int[] {1}, true));
    }
  }

  private static long[][] rows(Tensor t) {
    long[][] rows = new long[(int) t.size(0)][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = t.get(i).toLongs();
    }
    return rows;
  }

  @Test
  void embeddingsAreThoseOfTheOnnxGraph() throws Exception {
    try (Scope s = Scope.open()) {
      Tokens t = Tokenizer.load(folder).withMaxLength(256).encode(SENTENCES);
      Tensor y = ours(t);
      assertThat(y.shape()).containsExactly(SENTENCES.size(), 384);
      double error = y.sub(official(t)).abs().amax().item();
      assertThat(error).isLessThan(1e-5);
      Tensor similar = y.matmul(y.t());
      assertThat(similar.get(0).get(1).item()).isGreaterThan(0.5);
      assertThat(similar.get(0).get(2).item()).isLessThan(0.2);
    }
  }

  @Test
  void theFolderIsAModelFolderAndIsWrittenOnce() throws IOException {
    assertThat(folder)
        .isDirectoryContaining(p -> p.endsWith("model.safetensors"))
        .isDirectoryNotContaining(p -> p.toString().endsWith(".onnx"));
    FileTime written = Files.getLastModifiedTime(folder.resolve("model.safetensors"));
    Model m = Model.load(MiniLm.folder(folder));
    assertThat(Files.getLastModifiedTime(folder.resolve("model.safetensors"))).isEqualTo(written);
    assertThat(m.net().parameters().values().stream().mapToLong(p -> p.value().numel()).sum())
        .isEqualTo(22_713_216);
  }
}
