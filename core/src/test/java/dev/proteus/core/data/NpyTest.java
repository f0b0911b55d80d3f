package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files are NumPy's own, made by reference/make_data_fixtures.py. */
class NpyTest {
  static final Path FIXTURES = Path.of("src/test/resources/fixtures/data");

  @TempDir private Path folder;

  private static void same(Tensor got, Tensor expected, String name) {
    assertThat(got.describe()).as(name).isEqualTo(expected.describe());
    assertThat(got.toBytes()).as(name).isEqualTo(expected.toBytes());
    assertThat(got.isContiguous()).as(name).isTrue();
  }

  @Test
  void everyTypeOrderAndByteOrderIsReadAsNumPyWroteIt() throws IOException {
    Map<String, Tensor> expected =
        Safetensors.read(FIXTURES.resolve("expected.safetensors")).tensors();
    Map<String, Tensor> got = Npz.read(FIXTURES.resolve("arrays.npz"));
    assertThat(got.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet()).hasSize(18);
    expected.forEach((name, t) -> same(got.get(name), t, name));
    Map<String, Tensor> deflated = Npz.read(FIXTURES.resolve("deflated.npz"));
    assertThat(deflated).containsOnlyKeys("f4", "i8");
    deflated.forEach((name, t) -> same(t, expected.get(name), name));
    for (int version = 2; version <= 3; version++) {
      Tensor t = Npy.read(FIXTURES.resolve("version" + version + ".npy"));
      same(t, expected.get("f4"), "version " + version);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pickled,pickled Python objects",
    "complex,<c8",
    "record,'a'",
    "text,<U3",
  })
  void whatIsNoNumberIsRefused(String name, String said) {
    Path file = FIXTURES.resolve(name + ".npy");
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(name + ".npy")
        .hasMessageContaining(said);
  }

  private void refused(byte[] bytes, String said) throws IOException {
    Path file = Files.write(folder.resolve("a.npy"), bytes);
    assertThatThrownBy(() -> Npy.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.npy")
        .hasMessageContaining(said);
  }

  private static byte[] npy(int version, String header, int elementBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[10 + text.length + elementBytes];
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0};
    System.arraycopy(start, 0, out, 0, 8);
    out[8] = (byte) text.length;
    System.arraycopy(text, 0, out, 10, text.length);
    return out;
  }

  private static String header(String descr, String order, String shape) {
    return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  }

  @Test
  void hostileFilesAreRefused() throws IOException {
    refused(new byte[3], "not an NPY file");
    refused(npy(4, "", 0), "version 4");
    refused(npy(1, header("'<f4'", "False", "(4,)"), 15), "announces 16 bytes");
    refused(npy(1, header("'<f4'", "False", "(4,)"), 17), "more data than the 16 bytes");
    refused(npy(1, header("'<f4'", "Maybe", "(4,)"), 16), "without fortran_order");
    refused(npy(1, header("'<f4'", "False", "(-4,)"), 16), "without shape");
    refused(npy(1, header("'<f4'", "False", "(4 4,)"), 16), "impossible shape");
    refused(npy(1, header("'<f8'", "False", "(9999999999, 9999999999)"), 0), "impossible shape");
    refused(npy(1, header("'<f8'", "False", "(99999999999,)"), 0), "cannot hold them");
    refused(Arrays.copyOf(npy(1, header("'<f8'", "False", "(1,)"), 8), 30), "truncated");
    byte[] longHeader = npy(2, "", 4);
    Arrays.fill(longHeader, 8, 12, (byte) 0xff);
    refused(longHeader, "impossible header length");
  }

  private Path zip(String... entries) throws IOException {
    Path file = folder.resolve("a.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String e : entries) {
        zip.putNextEntry(new ZipEntry(e));
        zip.write(npy(1, header("'<f4'", "False", "(4,)"), 8));
        zip.closeEntry();
      }
    }
    return file;
  }

  @Test
  void hostileArchivesAreRefused() throws IOException {
    Path truncatedArray = zip("x.npy");
    assertThatThrownBy(() -> Npz.read(truncatedArray))
        .hasMessageContaining("a.npz 'x'")
        .hasMessageContaining("truncated");
    Path notAnArray = zip("../evil.sh");
    assertThatThrownBy(() -> Npz.read(notAnArray)).hasMessageContaining("../evil.sh");
    Path noZip = Files.write(folder.resolve("b.npz"), new byte[50]);
    assertThatThrownBy(() -> Npz.read(noZip))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("b.npz");
  }
}
