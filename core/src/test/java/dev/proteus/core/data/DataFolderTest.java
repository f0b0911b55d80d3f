package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  private static final ImageFolder.Size SMALL = new ImageFolder.Size(1, 4, 4);

  @TempDir private Path folder;

  private static byte[] idx(byte[] values, int... shape) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {0, 0, 8, (byte) shape.length});
    for (int s : shape) {
      out.writeInt(s);
    }
    out.write(values);
    return bytes.toByteArray();
  }

  private void idxPair(String part, byte... labels) throws IOException {
    byte[] images = new byte[labels.length * 4];
    Files.write(folder.resolve(part + "-images-idx3-ubyte"), idx(images, labels.length, 2, 2));
    try (OutputStream out =
        new GZIPOutputStream(
            Files.newOutputStream(folder.resolve(part + "-labels-idx1-ubyte.gz")))) {
      out.write(idx(labels, labels.length));
    }
  }

  @Test
  void idxPairs() throws IOException {
    idxPair("train", (byte) 0, (byte) 2, (byte) 1);
    idxPair("t10k", (byte) 1);
    Splits s = DataFolder.open(folder);
    assertThat(s.train().get(new long[] {0}).input().describe()).isEqualTo("[1, 1, 2, 2] uint8");
    assertThat(s.train().targets().toLongs()).containsExactly(0, 2, 1);
    assertThat(s.test().classes()).isEqualTo(3);
    Splits again = FashionMnist.full(folder);
    assertThat(again.train().classNames()).isEqualTo(FashionMnist.CLASSES);
    assertThat(FashionMnist.find(folder.toString(), folder)).contains(folder);
    Files.delete(folder.resolve("t10k-labels-idx1-ubyte.gz"));
    assertThatThrownBy(() -> FashionMnist.full(folder))
        .hasMessageContaining("neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz");
  }

  @Test
  void pairsThatDoNotFitAreRefused() throws IOException {
    idxPair("train", (byte) 0, (byte) 2, (byte) 1);
    Files.write(folder.resolve("train-images-idx3-ubyte"), idx(new byte[8], 2, 2, 2));
    assertThatThrownBy(() -> DataFolder.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("train: 2 inputs, but 3 targets");
    Files.write(folder.resolve("train-images-idx3-ubyte"), idx(new byte[12], 3, 2, 2));
    idxPair("test", (byte) 9);
    assertThatThrownBy(() -> DataFolder.open(folder)).hasMessageContaining("from 0 to 2");
  }

  @Test
  void csvTestPartsHaveTheTrainingPartsClasses() throws IOException {
    Files.writeString(folder.resolve("train.csv"), "a,Label\n1,cat\n2,dog\n");
    Files.writeString(folder.resolve("test.csv"), "a,Label\n1,dog\n");
    Splits s = DataFolder.open(folder);
    assertThat(s.test().targets().toLongs()).containsExactly(1);
    assertThat(s.test().classNames()).containsExactly("cat", "dog");
    Files.delete(folder.resolve("train.csv"));
    assertThat(DataFolder.open(folder).train()).isNull();
    Files.writeString(folder.resolve("test.csv"), "a,kind\n1,dog\n");
    assertThatThrownBy(() -> DataFolder.open(folder))
        .hasMessageContaining("no column of labels")
        .hasMessageContaining("[a, kind]");
    Files.writeString(folder.resolve("test.csv"), "y,label\n1,dog\n");
    assertThatThrownBy(() -> DataFolder.open(folder))
        .hasMessageContaining("more than one column of labels");
  }

  @Test
  void aSingleFileMayHaveAnyName() throws IOException {
    Path one = folder.resolve("flowers.jsonl");
    Files.writeString(one, "{\"features\":[1,2],\"class\":\"rose\"}\n");
    Splits s = DataFolder.open(folder);
    assertThat(s.test()).isNull();
    assertThat(s.train().get(new long[] {0}).input().shape()).containsExactly(1, 2);
    Files.copy(one, folder.resolve("more.jsonl"));
    assertThatThrownBy(() -> DataFolder.open(folder))
        .hasMessageContaining("which is for training?");
  }

  private static void array(ZipOutputStream zip, String name, String descr, String shape, int bytes)
      throws IOException {
    String header =
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
    zip.write(header.getBytes(StandardCharsets.US_ASCII));
    zip.write(new byte[bytes]);
  }

  @Test
  void npzInBothManners() throws IOException {
    Path file = folder.resolve("mnist.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      array(zip, "x_train", "|u1", "(3, 2, 2)", 12);
      array(zip, "y_train", "|u1", "(3,)", 3);
      array(zip, "x_test", "|u1", "(1, 2, 2)", 4);
      array(zip, "y_test", "|u1", "(1,)", 1);
    }
    Splits s = DataFolder.open(folder);
    assertThat(s.train().get(new long[] {0, 1}).input().describe()).isEqualTo("[2, 1, 2, 2] uint8");
    assertThat(s.test().size()).isEqualTo(1);
    Files.delete(file);
    try (ZipOutputStream zip =
        new ZipOutputStream(Files.newOutputStream(folder.resolve("test.npz")))) {
      array(zip, "X", "<f4", "(3, 2, 2)", 48);
      array(zip, "y", "<f8", "(3,)", 24);
    }
    Splits values = DataFolder.open(folder);
    assertThat(values.train()).isNull();
    assertThat(values.test().classes()).isZero();
    assertThat(values.test().targets().describe()).isEqualTo("[3] float32");
  }

  private void image(String to) throws IOException {
    Path target = folder.resolve(to);
    Files.createDirectories(target.getParent());
    Files.copy(NpyTest.FIXTURES.resolve("images/gray.png"), target);
  }

  @Test
  void imagesWithAndWithoutParts() throws IOException {
    image("cat/1.png");
    image("dog/1.png");
    assertThat(DataFolder.open(folder, SMALL).train().classNames()).containsExactly("cat", "dog");
    assertThatThrownBy(() -> DataFolder.open(folder)).hasMessageContaining("say what channels");
    Path parts = folder.resolve("parts");
    image("parts/train/cat/1.png");
    image("parts/test/cat/2.png");
    Tensor x = DataFolder.open(parts, SMALL).test().get(new long[] {0}).input();
    assertThat(x.describe()).isEqualTo("[1, 1, 4, 4] uint8");
    image("parts/test/dog/2.png");
    assertThatThrownBy(() -> DataFolder.open(parts, SMALL))
        .hasMessageContaining("train has the classes [cat], test has [cat, dog]");
  }

  @Test
  void nothingOrTooMuchIsSaid() throws IOException {
    Files.writeString(folder.resolve("readme.txt"), "");
    assertThatThrownBy(() -> DataFolder.open(folder))
        .hasMessageContainingAll("no data", "expected IDX pairs", "[readme.txt]");
    Files.writeString(folder.resolve("train.csv"), "a,y\n1,2\n");
    Files.writeString(folder.resolve("train.jsonl"), "{\"x\":1,\"y\":2}\n");
    assertThatThrownBy(() -> DataFolder.open(folder))
        .hasMessageContaining("several kinds, [csv files, jsonl files]");
    assertThatThrownBy(() -> DataFolder.open(folder.resolve("none")))
        .hasMessageContaining("no such folder");
  }
}
