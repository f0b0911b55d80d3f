package dev.proteus.core.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SafetensorsTest {
  @TempDir private Path folder;

  private static Path fixture() throws Exception {
    return Path.of(SafetensorsTest.class.getResource("/fixtures/io/dtypes.safetensors").toURI());
  }

  /** Every type, a scalar, an empty one, in an order that is not the file's. */
  private static Map<String, Tensor> everything() {
    Generator g = Generator.seeded(1);
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("flag", Tensor.of(new byte[] {1, 0, 1}, 3).to(DType.BOOL));
    all.put("scalar", Tensor.scalar(-0.0));
    all.put("empty", Tensor.of(new float[0], 2, 0, 3));
    for (DType t : DType.values()) {
      if (t != DType.BOOL) {
        // Any bytes, NaNs and subnormals among them.
        byte[] bytes = g.integers(0, 256, 15L * t.bytes()).to(DType.UINT8).toBytes();
        all.put("layer.0." + t, Tensor.ofBytes(bytes, t, 3, 5));
      }
    }
    return all;
  }

  private static void assertSame(Tensor expected, Tensor actual) {
    assertThat(actual.describe()).isEqualTo(expected.describe());
    assertThat(actual.toBytes()).isEqualTo(expected.toBytes());
  }

  @Test
  void readsEveryTypeOfTheOfficialWriter() throws Exception {
    Safetensors file = Safetensors.read(fixture());
    assertThat(file.metadata()).containsEntry("case", "dtypes").containsEntry("torch", "2.10.0");
    assertThat(file.tensors()).hasSize(DType.values().length + 2);
    for (DType t : DType.values()) {
      Tensor x = file.tensors().get(t.safetensorsName());
      assertThat(x.dtype()).isEqualTo(t);
      assertThat(x.shape()).containsExactly(2, 3);
      double[] expected = t == DType.BOOL ? new double[] {0, 1, 0, 1, 0, 1} : values(6);
      assertThat(x.toDoubles()).containsExactly(expected);
    }
    assertThat(file.tensors().get("scalar").shape()).isEmpty();
    assertThat(file.tensors().get("scalar").item()).isEqualTo(2.5);
    assertThat(file.tensors().get("empty").shape()).containsExactly(0, 3);
    assertThat(file.tensors().get("empty").toFloats()).isEmpty();
  }

  private static double[] values(int n) {
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      v[i] = i;
    }
    return v;
  }

  @Test
  void comesBackBitForBit() throws IOException {
    Map<String, Tensor> tensors = everything();
    Map<String, String> metadata =
        Map.of("format", "pt", "naïve \"key\"", "line\n\u0000 \uD83D\uDE00");
    Path path = folder.resolve("new/folder/all.safetensors");
    Safetensors.write(path, tensors, metadata);
    Safetensors back = Safetensors.read(path);
    assertThat(back.metadata()).isEqualTo(metadata);
    assertThat(back.tensors()).containsOnlyKeys(tensors.keySet());
    tensors.forEach((name, t) -> assertSame(t, back.tensors().get(name)));

    Path again = folder.resolve("again.safetensors");
    Safetensors.write(again, back.tensors(), back.metadata());
    assertThat(Safetensors.header(again).tensors()).isEqualTo(Safetensors.header(path).tensors());
  }

  @Test
  void writtenTensorsAreAligned() throws IOException {
    Path path = folder.resolve("a.safetensors");
    Safetensors.write(path, everything(), Map.of("odd", "x"));
    SafetensorsHeader h = Safetensors.header(path);
    assertThat(h.dataStart() % 8).isZero();
    h.tensors().values().forEach(e -> assertThat(e.begin() % e.dtype().bytes()).isZero());
  }

  @Test
  void stridedAndSharedTensorsAreWrittenByValue() throws IOException {
    Tensor x = Tensor.arange(24).reshape(2, 3, 4).to(DType.FLOAT32);
    Tensor images = Tensor.arange(48).reshape(2, 2, 3, 4).channelsLast();
    Map<String, Tensor> tensors =
        Map.of(
            "x", x.requiresGrad(true),
            "view", x.narrow(1, 1, 2),
            "transposed", x.transpose(0, 2),
            "expanded", x.get(0).get(0).expand(5, 4),
            "images", images);
    Path path = folder.resolve("strided.safetensors");
    Safetensors.write(path, tensors, Map.of());
    Map<String, Tensor> back = Safetensors.read(path).tensors();
    tensors.forEach((name, t) -> assertSame(t, back.get(name)));
    assertThat(back.get("transposed").isContiguous()).isTrue();
  }

  @Test
  void moreThanOneChunkIsWrittenWhole() throws IOException {
    Tensor big = Generator.seeded(3).integers(0, 256, 40L << 20).to(DType.UINT8);
    Path path = folder.resolve("big.safetensors");
    Safetensors.write(path, Map.of("big", big), Map.of());
    assertThat(Safetensors.read(path).tensors().get("big").equal(big)).isTrue();
  }

  @Test
  void offsetsBeyondTwoGigabytesAreReached() throws IOException {
    long size = (1L << 31) + 8;
    String header =
        "{%s,%s}"
            .formatted(
                tensor("big", "U8", "[" + size + "]", "[0," + size + "]"),
                tensor("x", "I32", "[1]", "[%d,%d]".formatted(size, size + 4)));
    Path path = raw(header);
    try (FileChannel sparse = FileChannel.open(path, StandardOpenOption.WRITE)) {
      long start = Files.size(path);
      sparse.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 0, 0, 0}), start + size - 4);
    }
    Map<String, Tensor> tensors = Safetensors.read(path).tensors();
    assertThat(tensors.get("x").itemLong()).isEqualTo(5);
    ByteBuffer end = tensors.get("big").buffer(size - 5, 5);
    assertThat(end.remaining()).isEqualTo(5);
    assertThat(new byte[] {end.get(), end.get(), end.get(), end.get(), end.get()})
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void tensorsOutliveTheScopeAndTheFile() throws IOException {
    Path path = folder.resolve("a.safetensors");
    Safetensors.write(path, Map.of("x", Tensor.ones(3)), Map.of());
    Tensor first;
    try (Scope s = Scope.open()) {
      first = Safetensors.read(path).tensors().get("x");
    }
    first.add_(1); // stays private
    Safetensors.write(path, Map.of("x", Tensor.full(7, 3)), Map.of());
    assertThat(first.toDoubles()).containsExactly(2, 2, 2);
    assertThat(Safetensors.read(path).tensors().get("x").toDoubles()).containsExactly(7, 7, 7);
    Files.delete(path);
    assertThat(first.toDoubles()).containsExactly(2, 2, 2);
  }

  @Test
  void emptyFilesAreFiles() throws IOException {
    Path path = folder.resolve("none.safetensors");
    Safetensors.write(path, Map.of(), Map.of());
    assertThat(Files.readAllBytes(path))
        .isEqualTo("\u0008\0\0\0\0\0\0\0{}      ".getBytes(StandardCharsets.US_ASCII));
    assertThat(Safetensors.read(path).tensors()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void misalignedDataIsRead(DType type) throws IOException {
    byte[] data = new byte[1 + 2 * type.bytes()];
    data[1 + type.bytes()] = 1;
    String header =
        "{\"pad\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"x\":{\"dtype\":\"%s\","
                .formatted(type.safetensorsName())
            + "\"shape\":[2],\"data_offsets\":[1,%d]}}".formatted(data.length);
    Path path = raw(header, data);
    Tensor x = Safetensors.read(path).tensors().get("x");
    assertThat(x.toBytes()).isEqualTo(Arrays.copyOfRange(data, 1, data.length));
  }

  @Test
  void refusesToWriteWhatCannotBeRead() {
    Path path = folder.resolve("a.safetensors");
    assertThatThrownBy(
            () -> Safetensors.write(path, Map.of("__metadata__", Tensor.ones(1)), Map.of()))
        .hasMessageContaining("__metadata__");
    assertThatThrownBy(() -> Safetensors.write(path, Map.of("\uD800", Tensor.ones(1)), Map.of()))
        .hasMessageContaining("Unicode");
    assertThat(path).doesNotExist();
  }

  // ---- hostile files ----

  private Path raw(String header, byte... data) throws IOException {
    return raw(header.getBytes(StandardCharsets.UTF_8).length, header, data);
  }

  private Path raw(long length, String header, byte... data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Path path = Files.createTempFile(folder, "hostile", ".safetensors");
    Files.write(path, all.putLong(length).put(json).put(data).array());
    return path;
  }

  private static String tensor(String name, String dtype, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, dtype, shape, offsets);
  }

  private void refused(Path path, String... says) {
    assertThatThrownBy(() -> Safetensors.read(path))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContainingAll(says)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000).doesNotContain("\n"));
  }

  @Test
  void refusesFilesWithoutAWholeHeader() throws IOException {
    Path empty = folder.resolve("empty");
    refused(Files.write(empty, new byte[0]), "0 bytes");
    refused(Files.write(empty, new byte[7]), "7 bytes");
    refused(Files.write(empty, new byte[8]), "begin with '{'");
    refused(raw(3, "{}"), "3 bytes");
    refused(raw(-1, "{}"), "18446744073709551615");
    refused(raw(Long.MIN_VALUE, "{}"), "9223372036854775808");
    refused(raw(100_000_001, "{}"), "100000001");
  }

  @Test
  void refusesWhatIsNotTheHeadersJson() throws IOException {
    refused(raw("[]"), "begin with '{'");
    refused(raw(" {}"), "begin with '{'");
    refused(raw("{"), "JSON");
    refused(raw("{}x"), "JSON");
    refused(raw("{} {}"), "more follows");
    refused(raw("{\"a\":NaN}"), "JSON");
    refused(raw("{\"a\":1}"), "'a'", "not an object");
    refused(raw("{\"a\\nb\":1}"), "'a?b'", "not an object");
    refused(raw("{\"a\":" + "[".repeat(1_000_000)), "'a'", "not an object");
    refused(raw("{\"a\":{\"b\":" + "{\"c\":".repeat(1_000_000)), "'a'", "unknown key 'b'");
    refused(raw("{\"" + "a".repeat(100_000) + "\":1}"), "aaa…", "not an object");
    String lone = "{" + tensor("\\ud800", "U8", "[0]", "[0,0]") + "}";
    refused(raw(lone), "Unicode");
    byte[] bad = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
    bad[2] = (byte) 0xC3;
    Path path = folder.resolve("utf8");
    ByteBuffer all = ByteBuffer.allocate(8 + bad.length).order(ByteOrder.LITTLE_ENDIAN);
    refused(Files.write(path, all.putLong(bad.length).put(bad).array()), "UTF-8");
  }

  @Test
  void refusesDuplicates() throws IOException {
    String a = tensor("a", "U8", "[0]", "[0,0]");
    refused(raw("{" + a + "," + a + "}"), "'a'");
    refused(raw("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}"), "'dtype'");
    refused(raw("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}"), "'k'");
    refused(raw("{\"__metadata__\":{},\"__metadata__\":{}}"), "'__metadata__'");
  }

  @Test
  void refusesMetadataThatAreNotStrings() throws IOException {
    for (String value : List.of("1", "null", "[]", "{\"deep\":\"er\"}")) {
      refused(raw("{\"__metadata__\":{\"key\":" + value + "}}"), "'__metadata__'", "'key'");
    }
    refused(raw("{\"__metadata__\":\"text\"}"), "'__metadata__'");
  }

  @Test
  void refusesDescriptionsThatDoNotHold() throws IOException {
    Map<String, String> wrong = new LinkedHashMap<>();
    wrong.put(tensor("t", "F3", "[0]", "[0,0]"), "unknown dtype 'F3'");
    wrong.put(tensor("t", "U8", "[-1]", "[0,0]"), "shape");
    wrong.put(tensor("t", "U8", "[1.0]", "[0,1]"), "shape");
    wrong.put(tensor("t", "U8", "[99999999999999999999]", "[0,1]"), "shape");
    wrong.put(tensor("t", "U8", "[[1]]", "[0,1]"), "shape");
    wrong.put(tensor("t", "U8", "{}", "[0,1]"), "shape");
    wrong.put(tensor("t", "U8", "[4294967296,4294967296]", "[0,0]"), "too large");
    wrong.put(tensor("t", "F64", "[0,2305843009213693951,2]", "[0,0]"), "too large");
    wrong.put(tensor("t", "U8", "[" + "1,".repeat(64) + "1]", "[0,1]"), "64");
    wrong.put(tensor("t", "F32", "[1]", "[0,3]"), "4 bytes");
    wrong.put(tensor("t", "F32", "[1]", "[4,0]"), "4 bytes");
    wrong.put(tensor("t", "F32", "[1]", "[-4,0]"), "data_offsets");
    wrong.put(tensor("t", "F32", "[1]", "[0]"), "data_offsets");
    wrong.put(tensor("t", "F32", "[1]", "[0,4,4]"), "data_offsets");
    wrong.put("\"t\":{\"dtype\":4}", "dtype");
    wrong.put("\"t\":{\"dtype\":\"U8\",\"shape\":[0]}", "data_offsets");
    wrong.put("\"t\":{\"offsets\":[0,0]}", "unknown key 'offsets'");
    for (Map.Entry<String, String> w : wrong.entrySet()) {
      refused(raw("{" + w.getKey() + "}", new byte[4]), "'t'", w.getValue());
    }
  }

  @Test
  void refusesDataThatTheTensorsDoNotCover() throws IOException {
    String a = tensor("a", "U8", "[2]", "[0,2]");
    refused(raw("{" + a + "," + tensor("b", "U8", "[2]", "[1,3]") + "}", new byte[3]), "'b'");
    refused(raw("{" + a + "," + tensor("b", "U8", "[2]", "[3,5]") + "}", new byte[5]), "'b'");
    refused(raw("{" + a + "," + tensor("b", "U8", "[2]", "[0,2]") + "}", new byte[2]), "'b'");
    refused(raw("{" + tensor("a", "U8", "[1]", "[1,2]") + "}", new byte[2]), "'a'", "hole");
    refused(raw("{" + a + "}", new byte[1]), "'a'", "ends at byte 2", "has 1");
    refused(raw("{" + a + "}", new byte[3]), "take 2", "has 3");
    refused(raw("{}", new byte[1]), "take 0", "has 1");
    String huge = tensor("a", "U8", "[1099511627776]", "[0,1099511627776]");
    refused(raw("{" + huge + "}", new byte[1]), "'a'", "ends at byte 1099511627776");
  }

  @Test
  void aMissingFileSaysSo() {
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("missing.safetensors")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("missing.safetensors");
  }
}
